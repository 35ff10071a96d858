//! Words that need a counterpart on the other side: how chats open, orders to a model.
//!
//! The counterparts are wide on purpose: to throw a good translation away costs more than to miss
//! an answer. All texts come in small letters.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use regex::Regex;

use crate::language::Language;

/// How a chat opens, and what excuses that in a source.
pub(super) static CHAT: LazyLock<Option<(Regex, Regex)>> = LazyLock::new(|| {
    let opening = Regex::new(
        r"^[\s“‘\x22]*(?:(?:sure(?: thing)?|certainly|absolutely|of course|got it|no problem|great question|understood|okay|happy to help)(?:[!,.:—]|$)|(?:好的|好嘞|没问题|沒問題|当然可以|當然可以|明白了|收到|遵命|很高兴为您|很高興為您)(?:[！!，,。：:～]|$))",
    );
    let excuse = Regex::new(
        r"sure|certain|absolut|course|got it|problem|question|underst|okay|\bok\b|happy|good|yes|right|well|fine|roger|copy|glad|好[的吧啊呀嘞，！。；,!]|行[，！。啊吧,!]|可以|当然|當然|没问题|沒問題|没错|沒錯|一定|明白|收到|懂|知道|是的|[对對][，！。啊,!]|肯定|确实|確實|绝对|絕對|遵命|高兴|高興",
    );
    Some((opening.ok()?, excuse.ok()?))
});

/// Whether the source instructs whoever reads it and the target has no word of it.
pub(super) fn obeyed(source: &str, target: &str, from: Language) -> bool {
    if source.trim_start().starts_with("{\"") && !target.trim_start().starts_with('{') {
        return true;
    }
    // A look at the source that most paragraphs do not pass.
    let told = COMMANDS.as_ref().is_some_and(|commands| commands.is_match(source));
    told && ORDERS.iter().any(|order| {
        order.from == from && order.is_given(source) && !order.counterpart.is_match(target)
    })
}

impl Order {
    /// Whether a source has it, and not its denial: who is told not to forget has nothing to forget.
    fn is_given(&self, source: &str) -> bool {
        const DENIALS: [&str; 14] = [
            "n't", "n’t", " not", "cannot", "never", "不", "不要", "不能", "不可", "不会", "不會",
            "别", "別", "勿",
        ];
        let mut from = 0;
        while let Some(found) = self.sign.find_at(source, from) {
            let before = source.get(..found.start()).unwrap_or_default().trim_end();
            if !DENIALS.iter().any(|denial| before.ends_with(denial)) {
                return true;
            }
            // Another may begin inside it.
            from = found.start() + found.as_str().chars().next().map_or(1, char::len_utf8);
        }
        false
    }
}

/// Some word of each of [`ORDERS`].
pub(super) static COMMANDS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    const WORDS: [&str; 59] = [
        "ignore",
        "disregard",
        "forget",
        "override",
        "bypass",
        "system",
        "your ",
        "developer",
        "jailbreak",
        "prompt",
        "you are now",
        "you must now",
        "from now on",
        "pretend",
        "role",
        "stay in",
        "act as",
        "translat",
        "reply",
        "respond",
        "answer",
        "output",
        "print",
        "write",
        "return",
        "repeat",
        "say",
        "忽略",
        "无视",
        "無視",
        "忽视",
        "忽視",
        "忘",
        "抛开",
        "拋開",
        "理会",
        "理會",
        "管",
        "遵守",
        "绕过",
        "繞過",
        "跳过",
        "跳過",
        "系统",
        "系統",
        "提示",
        "模式",
        "指令",
        "越狱",
        "越獄",
        "你",
        "角色",
        "翻译",
        "翻譯",
        "只",
        "仅",
        "僅",
        "直接",
        "原",
    ];
    AhoCorasick::new(WORDS).ok()
});

/// An instruction in a source, and what it leaves in a translation; both in small letters.
pub(super) struct Order {
    from: Language,
    sign: Regex,
    counterpart: Regex,
}

pub(super) static ORDERS: LazyLock<Vec<Order>> = LazyLock::new(|| {
    const EN: Language = Language::English;
    const ZH: Language = Language::Chinese;
    let orders = [
        (
            EN,
            r"\b(?:ignore|disregard|forget|override|bypass)\b(?: [a-z’']+,?){0,8}? (?:instruction|prompt|rule|direction|guideline|task|above|previous|prior|earlier|request|text|order|command|told|rest\b|everything)",
            r"忽略|忽視|忽视|无视|無視|不理|理会|理會|不管|不顾|不顧|忘|抛|拋|撇|跳过|跳過|绕|繞|推翻|置之|漠视|漠視|别管|別管|取代|覆盖|覆蓋|凌驾|凌駕|违|違|不要管|搁|丢|丟|放下|不予|作废|作廢",
        ),
        (
            EN,
            r"\b(?:ignore|disregard|forget|override|bypass)\b(?: [a-z’']+,?){0,8}? (?:instruction|prompt|rule|guideline)",
            r"指令|指示|提示|规则|規則|规定|規定|规矩|規矩|要求|任务|任務|命令|说明|說明|指引|指导|指導|准则|準則|吩咐|嘱咐|法则|法則|条例|條例|prompt",
        ),
        (
            EN,
            r"\b(?:system prompt|system message|your (?:system )?(?:instructions|prompt)|developer mode|jailbreak|initial prompt)",
            r"提示|指令|指示|系统|系統|开发|開發|越狱|越獄|说明|說明|消息|訊息|要求|prompt",
        ),
        (
            EN,
            r"\b(?:you are now|you must now|from now on,? you|pretend (?:to be|that you|you)|role-?play as|stay in character)\b|(?:^|[.!?:“\x22] *)(?:please )?act as (?:if|an?|the)\b",
            r"你|您|妳|假装|假裝|装作|裝作|扮|充当|充當|现在|現在|今后|今後|当作|當作|作为|作為|担任|擔任|起到|角色|仿佛|好像|就像|犹如",
        ),
        (
            EN,
            r"\b(?:instead of translating|rather than translat\w*|do not translate|don['’]t translate|stop translating|no need to translate|needs? no translat\w*|requires? no translat\w*|without translating|translation is (?:cancel|not needed|over))",
            r"译|譯|翻",
        ),
        (
            EN,
            r"\b(?:reply|respond|answer|output|print|write|return|repeat|say)\b (?:with )?(?:only|just|exactly|nothing but|the (?:following )?(?:single )?(?:word|phrase|line|sentence|text|code|string|string|json)|in json|as json)\b",
            r"回复|回復|回覆|答|输出|輸出|打印|列印|印|写|寫|返回|傳回|传回|重复|重複|复述|複述|说|說|给出|給出|讲|講|念|提供|回应|回應",
        ),
        (
            ZH,
            r"(?:忽略|无视|無視|忽视|忽視|忘记|忘記|忘掉|抛开|拋開|不要理会|不要理會|不用管|别管|別管|不必遵守|不要遵守|绕过|繞過|跳过|跳過)\p{Han}{0,12}(?:指令|指示|提示|规则|規則|要求|任务|任務|命令|以上|上面|之前|上述|前面|先前|此前)",
            r"ignor|disregard|forget|overlook|dismiss|bypass|skip|set aside|put aside|no attention|overrid|neglect|circumvent|discard|drop|leave|never mind|need not|do not follow|don['’]t follow|get around|work around|evad|abandon|jettison",
        ),
        (
            ZH,
            r"系统提示|系統提示|提示词|提示詞|开发者模式|開發者模式|越狱|越獄|初始指令|系统指令|系統指令",
            r"prompt|system|developer|jailbreak|instruction|escape|broke|fled",
        ),
        (
            ZH,
            r"你现在是|你現在是|(?:从现在|從現在)(?:起|开始|開始)，?(?:请|請)?你|假装你|假裝你|请你?扮演|請你?扮演|请你?充当|請你?充當|角色扮演|你将扮演|你將扮演",
            r"\byou|\bact\b|acting|pretend|role|play|persona|as if|imagin|serve as|now on",
        ),
        (
            ZH,
            r"(?:不要|别|別|别再|別再|不必|无需|無需|不用|停止)(?:再|继续|繼續|进行|進行)?(?:翻译|翻譯)|翻译(?:任务)?(?:已经?)?(?:取消|结束)|翻譯(?:任務)?(?:已經?)?(?:取消|結束)",
            r"translat|render|interpret",
        ),
        (
            ZH,
            r"(?:只|仅|僅|直接|原样|原樣)(?:需|要|能|须|須)?(?:用|以)?(?:json|一个词|一個詞|一句话|一句話)?(?:回复|回復|回覆|回答|输出|輸出|打印|列印|重复|重複|返回)",
            r"repl|respon|answer|output|print|say|said|writ|repeat|return|give|provide|state|tell|display|produce|reiterat|rehash|go back|com(?:e|ing) back|issu",
        ),
    ];
    let compiled = orders.into_iter().filter_map(|(from, sign, counterpart)| {
        let (sign, counterpart) = (Regex::new(sign).ok()?, Regex::new(counterpart).ok()?);
        Some(Order { from, sign, counterpart })
    });
    compiled.collect()
});

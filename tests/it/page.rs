//! The side-by-side page of an article, a path and a model that attack whoever opens it.

use std::sync::Arc;

use crate::attack::{guarded, inert, payloads};
use crate::desk::Desk;
use crate::server::{Asked, Script, Server};

/// Translates the words around a payload, and gives the payload back as it is.
fn obliging(asked: &Asked) -> String {
    asked
        .text
        .replace("The ferry left with ", "渡轮今天载着")
        .replace(" on board today.", "离港了。")
}

#[test]
fn nothing_that_is_translated_makes_the_page_active() {
    let server = Server::start(Script { answer: Arc::new(obliging), ..Script::default() });
    // A file that holds NUL is no text.
    let payloads: Vec<_> = payloads().into_iter().filter(|text| !text.contains('\0')).collect();
    let desk = Desk::with_server(&server.url(), "context_tokens = 100000\n");
    for (name, title) in [
        ("plain.txt", "The ferry"),
        ("a\"><img src=x onerror=alert(1)>.md", "# The ferry"),
        ("</title><svg onload=alert(1)>.md".replace('/', "").as_str(), "# </title><svg onload=1>"),
    ] {
        let paragraphs =
            payloads.iter().map(|it| format!("The ferry left with {it} on board today."));
        let text = format!("{title}\n\n{}\n", paragraphs.collect::<Vec<_>>().join("\n\n"));
        desk.put(name, text);
        let ran = desk.run(&["translate", name]);
        assert!(ran.code == 0 || ran.code == 2, "{}{}", ran.out, ran.err);
        let stem = name.rsplit_once('.').unwrap().0;
        let page = desk.read(&format!("{stem}.pair.html"));
        inert(&page);
        guarded(&page);
        assert!(page.matches("渡轮今天载着").count() >= 100, "the answers are shown");
    }
}

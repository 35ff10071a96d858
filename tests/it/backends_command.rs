//! `diptych backends` as a person or a script uses it.

use crate::desk::Desk;
use crate::server::{Fault, Script, Server};

#[test]
fn a_backend_that_works_says_so_and_what_it_took() {
    let server = Server::start(Script::default());
    let more = "price_in = 1.0\nprice_out = 2.0\nrequests_per_minute = 600";
    let desk = Desk::with_server(&server.url(), more);
    let ran = desk.run(&["backends"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    for part in ["main (scripted): works;", "The ferry left", "limits: 600 requests a minute, 8"] {
        assert!(ran.out.contains(part), "{part}: {}", ran.out);
    }
    assert_eq!(server.paragraphs().len(), 1, "one sentence, once");
    let (code, report) = desk.json(&["backends"]);
    let tried = &report["backends"][0];
    assert_eq!((code, &tried["works"]), (0, &true.into()));
    assert!(tried["cost"].as_f64().unwrap() > 0.0, "{tried}");
}

#[test]
fn one_that_does_not_says_why_and_what_to_do() {
    let server = Server::start(Script::failing(&[0], Fault::Status(401, "invalid_api_key")));
    let url = server.url();
    let desk = Desk::with(&format!(
        "[backends.main]\nurl = \"{url}\"\nmodel = \"a\"\n\
         [backends.spare]\nurl = \"{url}\"\nmodel = \"b\"\n\
         [pipeline]\nbackends = [\"main\", \"spare\"]\n"
    ));
    let ran = desk.run(&["backends"]);
    assert_eq!(ran.code, 2, "one of two works: {}{}", ran.out, ran.err);
    assert!(ran.out.contains("main (a): does not work: "), "{}", ran.out);
    assert!(ran.out.contains("key_env of [backends.main]"), "{}", ran.out);
    assert!(ran.out.contains("spare (b): works;"), "{}", ran.out);
}

#[test]
fn a_reply_that_is_no_translation_is_no_success() {
    let echo = Server::start(Script::failing(&[0], Fault::Echo));
    let desk = Desk::with_server(&echo.url(), "");
    let ran = desk.run(&["backends"]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("its reply is no translation"), "{}", ran.out);
}

//! Named points at which a test makes the process fail; compiled into debug builds only.
//!
//! `DIPTYCH_FAIL=work:abort:poison.md` aborts the process when the job of that name comes to that
//! point; `panic` panics in its task.

/// A job has come to the point of this name.
#[cfg(debug_assertions)]
#[expect(clippy::panic, reason = "a test asks for it")]
pub fn reached(point: &str, job: &str) {
    let Ok(asked) = std::env::var("DIPTYCH_FAIL") else { return };
    let mut parts = asked.splitn(3, ':');
    let (at, how, whose) = (parts.next(), parts.next(), parts.next());
    if at != Some(point) || whose != Some(job) {
        return;
    }
    match how {
        Some("abort") => std::process::abort(),
        Some("panic") => panic!("a test asked for it"),
        _ => {}
    }
}

/// A job has come to the point of this name.
#[cfg(not(debug_assertions))]
pub fn reached(_point: &str, _job: &str) {}

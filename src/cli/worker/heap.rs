//! One heap for all threads of a worker.
//!
//! glibc gives threads heaps of their own, and what one of them lets go of is of no use to another.
//! Every piece of an article's disk work falls to whichever thread is idle: over fifty thousand
//! articles a worker came to hold a fifth more than it needed, and with one heap it holds no more
//! than at first. How many heaps there may be glibc reads from the environment, once, when a process
//! begins: so the process begins once more, as the same one to its supervisor.

/// Makes sure of it, unless the environment says something else. Where it cannot be done, the worker
/// runs as it is.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub(in crate::cli) fn only_one() {
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    const HEAPS: &str = "MALLOC_ARENA_MAX";
    let is_decided = std::env::var_os(HEAPS).is_some()
        || std::env::var("GLIBC_TUNABLES").is_ok_and(|said| said.contains("arena_max"));
    if is_decided {
        return;
    }
    let Ok(program) = std::env::current_exe() else { return };
    let mut args = std::env::args_os();
    let mut command = Command::new(program);
    if let Some(name) = args.next() {
        command.arg0(name);
    }
    // It returns only where it failed.
    let _ = command.args(args).env(HEAPS, "1").exec();
}

/// Other allocators are taken as they are.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(in crate::cli) fn only_one() {}

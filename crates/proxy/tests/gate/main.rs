//! The proxy as a process, over real sockets: what passes, what is refused, and what happens when others fail.

mod attacks;
mod consent;
mod faults;
mod forwarding;
#[cfg(target_os = "linux")]
mod memory;
mod people;
mod push;
mod rig;
mod tls;

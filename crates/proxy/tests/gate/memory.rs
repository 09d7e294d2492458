//! What is left of bodies: nothing on disk, and nothing in memory once they have passed.

use crate::rig::{Folder, Gate, SECRET, Upstream, api, config, ok, write};
use std::{
    fs::{self, File},
    io::{Read, Seek, SeekFrom},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

/// A customer record as nobody else has it. The halves meet only at run time, so that no program holds it as a constant.
fn marker(kind: &str) -> String {
    format!("planted-{kind}-customer-{}", 4_711_000 + kind.len())
}

/// How often a text stands in the writable memory of a process; `None` where this system doesn't let us look.
fn occurrences(pid: u32, text: &str) -> Option<usize> {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).ok()?;
    let mut memory = File::open(format!("/proc/{pid}/mem")).ok()?;
    let (mut n_found, mut n_read) = (0, 0);
    for line in maps.lines().filter(|line| line.contains(" rw")) {
        let (from, to) = line.split(' ').next()?.split_once('-')?;
        let (from, to) = (u64::from_str_radix(from, 16).ok()?, u64::from_str_radix(to, 16).ok()?);
        let mut bytes = vec![0; usize::try_from(to - from).ok()?];
        // Some special regions cannot be read by anybody.
        if memory.seek(SeekFrom::Start(from)).is_ok() && memory.read_exact(&mut bytes).is_ok() {
            n_read += 1;
            n_found += bytes.windows(text.len()).filter(|window| *window == text.as_bytes()).count();
        }
    }
    (n_read > 0).then_some(n_found)
}

#[test]
fn nothing_is_left_of_a_body() {
    let upstream = Upstream::start(|_, stream| {
        let body = format!("{{\"customer\":\"{}\"}}", marker("answer")).repeat(2000);
        write(stream, &ok("Content-Type: application/json\r\n", &body));
    });
    let folder = Arc::new(Folder::new());
    let lines = "auth = { kind = \"bearer\", secret = { env = \"SECRET\" } }";
    let gate = Gate::start_in(Arc::clone(&folder), &config("", &api(upstream.address, lines)));
    let body = format!("{{\"customer\":\"{}\"}}", marker("request")).repeat(2000);
    let headers = format!("Content-Length: {}\r\n", body.len());
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let request = gate.request("POST", "/proxy/to/api/v1/x", &headers);
                let got = gate.ask(&format!("{request}{body}"));
                assert!(got.text().contains(&marker("answer")), "it passes: {}", got.head);
            });
        }
    });
    let files: Vec<_> =
        fs::read_dir(&folder.0).expect("the folder").flatten().map(|it| it.file_name()).collect();
    assert_eq!(files, ["proxy.toml"], "nothing is written beside the configuration");
    let Some(n_secrets) = occurrences(gate.id(), SECRET) else {
        println!("SKIPPED: this system does not let a test look into a process it has started");
        return;
    };
    assert!(n_secrets > 0, "the secret has to be in memory: the search can find something");
    let started = Instant::now();
    loop {
        let left: Vec<_> =
            ["request", "answer"].iter().map(|kind| occurrences(gate.id(), &marker(kind))).collect();
        if left == [Some(0), Some(0)] {
            break;
        }
        assert!(started.elapsed() < Duration::from_secs(10), "left of request and answer: {left:?}");
        thread::sleep(Duration::from_millis(100));
    }
}

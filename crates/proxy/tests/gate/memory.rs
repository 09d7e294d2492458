//! What is left of bodies: nothing on disk, and nothing in memory once they have passed.

use crate::rig::{Folder, Gate, SECRET, Upstream, api, config, ok, read_request, write};
use std::{
    fs::{self, File},
    io::{Read, Seek, SeekFrom},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
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

/// Files on a disk that a process has open for writing.
fn written_files(pid: u32) -> Vec<String> {
    let open = fs::read_dir(format!("/proc/{pid}/fd")).expect("its open files").flatten();
    let of_disk = |name: &str| {
        let number = name.rsplit('/').next().unwrap_or_default();
        let info = fs::read_to_string(format!("/proc/{pid}/fdinfo/{number}")).unwrap_or_default();
        let flags =
            info.lines().find_map(|line| line.strip_prefix("flags:")).unwrap_or("0").trim().to_owned();
        // The last digit of the octal flags: 1 writes, 2 reads and writes.
        flags.ends_with(['1', '2'])
    };
    open.filter(|entry| of_disk(&entry.path().to_string_lossy()))
        .filter_map(|entry| fs::read_link(entry.path()).ok())
        .filter(|target| target.is_file())
        .map(|target| target.display().to_string())
        .collect()
}

/// An upstream that keeps its connections, as real ones do, and answers what is asked in the path: `/v1/gone` or `/v1/later`.
fn lasting() -> Upstream {
    Upstream::raw(|stream, _| {
        while let Some(seen) = read_request(stream) {
            let kind = if seen.line().contains("gone") { "gone" } else { "later" };
            let body = format!("{{\"customer\":\"{}\"}}", marker(kind)).repeat(500);
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
            write(stream, &format!("{head}{body}"));
        }
    })
}

#[test]
fn nothing_is_left_while_others_go_on() {
    let upstream = lasting();
    let lines = "auth = { kind = \"bearer\", secret = { env = \"SECRET\" } }\nrate = 100000.0\nburst = 100000.0\n\
                 [limits]\nclient_rate = 100000.0\nclient_burst = 100000.0";
    let gate = Gate::start(&config("", &api(upstream.address, lines)));
    if occurrences(gate.id(), SECRET).is_none() {
        println!("SKIPPED: this system does not let a test look into a process it has started");
        return;
    }
    let (is_over, n_later) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !is_over.load(SeqCst) {
                    assert!(
                        gate.get("/proxy/to/api/v1/later").text().contains(&marker("later")),
                        "it passes"
                    );
                    n_later.fetch_add(1, SeqCst);
                }
            });
        }
        let gone: Vec<_> = (0..8).map(|_| scope.spawn(|| gate.get("/proxy/to/api/v1/gone").text())).collect();
        for text in gone {
            assert!(text.join().expect("an answer").contains(&marker("gone")), "it passes too");
        }
        let started = Instant::now();
        let mut left = occurrences(gate.id(), &marker("gone"));
        while left != Some(0) && started.elapsed() < Duration::from_secs(20) {
            thread::sleep(Duration::from_millis(100));
            left = occurrences(gate.id(), &marker("gone"));
        }
        let n_asked = n_later.load(SeqCst);
        is_over.store(true, SeqCst);
        assert_eq!(left, Some(0), "what has passed is gone, {n_asked} other answers later");
        assert!(n_asked > 0, "others went on meanwhile");
    });
    assert_eq!(written_files(gate.id()), [""; 0], "and no file is written");
}

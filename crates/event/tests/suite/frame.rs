//! Frames under a knife: cut at every byte, with any byte flipped, and with what disks leave behind.

use event::frame::{FrameRef, Header, Tail, close_frame, encode_frame, read_frame, read_frames};
use proptest::prelude::*;

type Plain = (u8, Vec<u8>);

fn file_of(payloads: &[Plain], first: u64) -> (Vec<u8>, Vec<usize>) {
    let mut file = Vec::new();
    let mut ends = vec![0];
    for (sequence, (kind, payload)) in (first..).zip(payloads) {
        file.extend(encode_frame(*kind, sequence, payload));
        ends.push(file.len());
    }
    (file, ends)
}

fn plain(frames: &[FrameRef<'_>]) -> Vec<Plain> {
    frames.iter().map(|frame| (frame.kind, frame.payload.to_vec())).collect()
}

fn payloads() -> impl Strategy<Value = Vec<Plain>> {
    prop::collection::vec((any::<u8>(), prop::collection::vec(any::<u8>(), 0..40)), 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_cut_keeps_exactly_the_frames_before_it(payloads in payloads(), first in 0_u64..1000) {
        let (file, ends) = file_of(&payloads, first);
        for cut in 0..=file.len() {
            let (frames, tail) = read_frames(&file[..cut]);
            let n_whole = ends.iter().filter(|end| **end <= cut).count() - 1;
            prop_assert_eq!(&plain(&frames)[..], &payloads[..n_whole]);
            let at = ends[n_whole];
            prop_assert_eq!(tail, if at == cut { Tail::Clean } else { Tail::Torn { at } });
        }
    }

    #[test]
    fn zeros_behind_a_cut_are_torn_too(payloads in payloads()) {
        let (file, ends) = file_of(&payloads, 1);
        for cut in 0..file.len() {
            let mut lengthened = file[..cut].to_vec();
            lengthened.resize(file.len(), 0);
            let (frames, tail) = read_frames(&lengthened);
            let n_whole = ends.iter().filter(|end| **end <= cut).count() - 1;
            if lengthened == file {
                // The cut took nothing but zeros.
                prop_assert_eq!(tail, Tail::Clean);
                continue;
            }
            prop_assert!(frames.len() >= n_whole, "whole frames stay");
            prop_assert_eq!(&plain(&frames)[..], &payloads[..frames.len()]);
            // Lost in the middle of a trailer: the checksum is neither there nor zero, and it is called damage.
            let end = ends[n_whole + 1];
            let inside_check = cut > end - 8 || (ends[n_whole] + 24..ends[n_whole] + 32).contains(&cut);
            if !inside_check {
                prop_assert_eq!(tail, Tail::Torn { at: ends[n_whole] });
            }
        }
    }

    #[test]
    fn a_flipped_byte_is_never_accepted(payloads in payloads(), mask in 1_u8..=255) {
        let (file, ends) = file_of(&payloads, 1);
        for at in 0..file.len() {
            let mut flipped = file.clone();
            flipped[at] ^= mask;
            let (frames, tail) = read_frames(&flipped);
            let n_before = ends.iter().filter(|end| **end <= at).count() - 1;
            prop_assert_eq!(&plain(&frames)[..], &payloads[..n_before], "only the frames before the damage");
            let place = ends[n_before];
            if n_before + 1 < payloads.len() {
                prop_assert_eq!(tail, Tail::Corrupt { at: place }, "damage in the middle is called damage");
            } else {
                prop_assert!(
                    tail == Tail::Corrupt { at: place } || tail == Tail::Torn { at: place },
                    "damage at the end is found: {:?}", tail
                );
            }
        }
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), glue in 0_usize..200) {
        let mut file = bytes.clone();
        file.splice(glue.min(bytes.len())..glue.min(bytes.len()), encode_frame(1, 7, &bytes));
        let (frames, _) = read_frames(&file);
        for frame in frames {
            prop_assert_eq!((frame.kind, frame.sequence, frame.payload), (1, 7, &bytes[..]));
        }
    }
}

#[test]
fn a_missing_frame_is_damage_and_an_old_rest_is_not() {
    let (one, two, three) =
        (encode_frame(1, 1, b"one"), encode_frame(1, 2, b"two"), encode_frame(1, 3, b"three"));
    let gap = [one.clone(), three].concat();
    let (frames, tail) = read_frames(&gap);
    assert_eq!((frames.len(), tail), (1, Tail::Corrupt { at: one.len() }), "frame 2 is missing");

    let stale = [two.clone(), one].concat();
    let (frames, tail) = read_frames(&stale);
    assert_eq!((frames.len(), tail), (1, Tail::Torn { at: two.len() }), "frame 1 is from before");
}

#[test]
fn a_lost_block_in_the_middle_is_damage() {
    let frames =
        [encode_frame(1, 1, &[1; 100]), encode_frame(1, 2, &[2; 100]), encode_frame(1, 3, &[3; 100])];
    let mut file = frames.concat();
    let at = frames[0].len();
    file[at..at + frames[1].len()].fill(0);
    let (read, tail) = read_frames(&file);
    assert_eq!((read.len(), tail), (1, Tail::Corrupt { at }), "frame 3 shows that frame 2 was there");
}

#[test]
fn a_sealed_frame_is_checked_without_the_key() {
    let header = Header::sealed(9, 4, 5);
    let file = close_frame(&header, b"*****");
    let frame = read_frame(&file).expect("the frame is whole");
    assert_eq!(
        (frame.is_sealed, frame.kind, frame.sequence, frame.payload),
        (true, 9, 4, &b"*****"[..]),
        "all of it comes back"
    );
    assert_eq!(frame.header, header.to_bytes(), "the header is the additional data on both ways");
    assert_eq!(header.n_frame_bytes(), file.len() as u64, "the header knows the length");
}

#[test]
fn a_newer_frame_is_left_alone() {
    let good = encode_frame(1, 1, b"old");
    let newer = close_frame(&Header { version: 2, ..Header::plain(1, 2, 0) }, b"new");
    let file = [good.clone(), newer].concat();
    let (frames, tail) = read_frames(&file);
    assert_eq!(
        (frames.len(), tail),
        (1, Tail::Newer { at: good.len(), version: 2 }),
        "it is neither torn nor damaged"
    );
}

#[test]
fn headers_made_to_mislead_cost_no_more_than_a_few_passes() {
    // Each header promises everything behind it; checked naively this would hash 72 GB.
    let n = 60_000_u64;
    let mut file = vec![1];
    for i in 0..n {
        file.extend(Header::plain(1, i, (n - i) * 40 - 40).to_bytes());
        file.extend([7; 8]);
    }
    let started = std::time::Instant::now();
    let (frames, _) = read_frames(&file);
    assert_eq!(frames.len(), 0, "none of them is whole");
    assert!(started.elapsed().as_millis() < 2_000, "the search is bounded");
}

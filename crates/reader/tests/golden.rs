//! Small files of other formats, invented for it, and what becomes of each: beside every file is what was made of it. With
//! `BLESS=1` what is made now is what is expected from then on.

use reader::Reader;
use std::fmt::Write;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/formats")
}

/// Everything that is told of a file.
fn told(name: &str, bytes: &[u8]) -> Result<String, std::fmt::Error> {
    let mut told = String::new();
    let input = || Box::new(Cursor::new(bytes.to_vec()));
    let contents = match reader::contents(name, input()) {
        Ok(contents) => contents,
        Err(failure) => return Ok(format!("refused: {} {}\n", failure.message, failure.advice)),
    };
    for (file, reason) in &contents.left_out {
        writeln!(told, "left out: {file} {reason}")?;
    }
    for part in contents.parts {
        let Some(reading) = part.reading else {
            writeln!(told, "part {}: needs no reader", part.name)?;
            continue;
        };
        writeln!(told, "part {}: {}", part.name, reading.kind)?;
        let mut reader = match Reader::open(&part.name, input(), &reading) {
            Ok(reader) => reader,
            Err(failure) => {
                writeln!(told, "refused: {} {}", failure.message, failure.advice)?;
                continue;
            }
        };
        if let Some(choices) = reader.choices() {
            let options: Vec<&str> = choices.options.iter().map(|(option, _)| option.as_str()).collect();
            writeln!(told, "{}: {} of {}", choices.kind, choices.chosen, options.join(", "))?;
        }
        while let Some(piece) = reader.next_piece().map_err(|_| std::fmt::Error)? {
            told += &String::from_utf8(piece.records).expect("records are UTF-8");
            for reject in piece.rejects {
                let at = format!("{}, line {}", reject.file, reject.line);
                writeln!(told, "rejected: {at}, {}: {} ({})", reject.field, reject.reason, reject.value)?;
            }
            for (repair, n) in piece.repairs {
                writeln!(told, "repaired: {repair} ({n})")?;
            }
        }
    }
    Ok(told)
}

#[test]
fn files_become_what_is_expected() {
    let mut n_files = 0;
    let mut paths: Vec<PathBuf> = fs::read_dir(folder())
        .expect("the folder is there")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().expect("a file").to_string_lossy().into_owned();
        // What is made of the file, and the rows of the database as another program reads them.
        if name.ends_with(".expected") || name == "shop.json" {
            continue;
        }
        let made =
            told(&name, &fs::read(&path).expect("the file can be read")).expect("nothing is refused midway");
        let expected = path.with_file_name(format!("{name}.expected"));
        if std::env::var_os("BLESS").is_some() {
            fs::write(&expected, &made).expect("the folder can be written");
        }
        let wanted = fs::read_to_string(&expected).unwrap_or_default();
        assert_eq!(made, wanted, "{name}: as in {}; BLESS=1 takes what is made now", expected.display());
        n_files += 1;
    }
    assert!(n_files >= 10, "only {n_files} files were found");
}

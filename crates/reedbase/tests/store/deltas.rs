//! Deltas against the bsdiff crate, which reads what is written here and writes what is read here.

use proptest::prelude::*;
use reedbase::delta::{Codec, Content, Delta, compress, decompress, diff, patch};
use reedbase::{Delimiter, DeltaProblem};

const CODECS: [Codec; 3] = [Codec::None, Codec::Xz, Codec::Zstd];
const LIMIT: u64 = 1 << 24;

/// Two texts of rows that have much in common, in any order.
fn texts() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
    let row = ("[a-f]{1,2}", "[x-z,\\n\"]{0,30}").prop_map(|(key, value)| format!("{key},{value}\n"));
    let rows = prop::collection::vec(row, 0..40);
    let edits = prop::collection::vec((any::<prop::sample::Index>(), 0..5, "[p-r]{0,40}"), 0..12);
    (rows, edits).prop_map(|(old, edits)| {
        let mut new = old.clone();
        for (place, kind, text) in edits {
            let place = place.index(new.len() + 1);
            match kind {
                0 => new.insert(place, format!("{text},{text}\n")),
                _ if place == new.len() => {}
                1 => drop(new.remove(place)),
                2 => new[place] = format!("{}{text}\n", new[place].trim_end()),
                3 => new.swap(0, place),
                _ => new[place] = new[place].replace('x', &text),
            }
        }
        (old.concat().into_bytes(), new.concat().into_bytes())
    })
}

fn bsdiff_patch(base: &[u8], stream: &[u8]) -> Vec<u8> {
    let mut result = Vec::new();
    bsdiff::patch(base, &mut &stream[..], &mut result).unwrap();
    result
}

proptest! {
    #[test]
    fn the_bsdiff_crate_applies_what_is_written((base, result) in texts()) {
        let stream = diff(&base, &result, Delimiter::Comma);
        prop_assert_eq!(bsdiff_patch(&base, &stream), result.clone());
        prop_assert_eq!(patch(&base, &stream, LIMIT), Ok(result));
    }

    #[test]
    fn what_the_bsdiff_crate_writes_is_applied((base, result) in texts()) {
        let mut stream = Vec::new();
        bsdiff::diff(&base, &result, &mut stream).unwrap();
        prop_assert_eq!(patch(&base, &stream, LIMIT), Ok(result));
    }

    #[test]
    fn texts_that_are_no_tables_survive_as_well(base: Vec<u8>, result: Vec<u8>) {
        let stream = diff(&base, &result, Delimiter::Pipe);
        prop_assert_eq!(bsdiff_patch(&base, &stream), result.clone());
        prop_assert_eq!(patch(&base, &stream, LIMIT), Ok(result));
    }

    #[test]
    fn a_delta_file_gives_its_result_for_its_base_and_for_no_other((base, result) in texts(), other: Vec<u8>) {
        for codec in CODECS {
            let file = Delta::encode(Some(&base), &result, codec, Delimiter::Comma).unwrap();
            let delta = Delta::decode(&file).unwrap();
            prop_assert_eq!(delta.apply(&base, LIMIT), Ok(result.clone()));
            if delta.content == Content::Patch && other != base {
                prop_assert_eq!(delta.apply(&other, LIMIT), Err(DeltaProblem::BaseMismatch));
            }
            let whole = Delta::encode(None, &result, codec, Delimiter::Comma).unwrap();
            prop_assert_eq!(Delta::decode(&whole).unwrap().apply(b"", LIMIT), Ok(result.clone()));
        }
    }

    #[test]
    fn arbitrary_bytes_are_refused_and_never_panic(bytes: Vec<u8>, base: Vec<u8>) {
        let _ = patch(&base, &bytes, 1 << 16);
        prop_assert!(Delta::decode(&bytes).is_err());
        let behind_magic = [b"RBD1", bytes.as_slice()].concat();
        prop_assert!(Delta::decode(&behind_magic).is_err());
        for codec in [Codec::Xz, Codec::Zstd] {
            let _ = decompress(codec, &bytes, 1 << 16);
        }
    }

    #[test]
    fn instructions_of_any_size_never_panic(numbers: [u64; 3], bytes: Vec<u8>, base: Vec<u8>) {
        let control: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        let _ = patch(&base, &[control, bytes].concat(), 1 << 16);
    }
}

#[test]
fn what_unpacks_to_more_than_allowed_is_refused() {
    let zeros = vec![0; 1 << 22];
    for codec in CODECS {
        let packed = compress(codec, &zeros).unwrap();
        assert_eq!(decompress(codec, &packed, 1 << 22).unwrap(), zeros);
        for limit in [0, 1000, (1 << 22) - 1] {
            assert_eq!(decompress(codec, &packed, limit), Err(DeltaProblem::TooLarge { limit }));
        }
        let file = Delta::encode(None, &zeros, codec, Delimiter::Comma).unwrap();
        let refused = Delta::decode(&file).unwrap().apply(b"", 1 << 20);
        assert_eq!(refused, Err(DeltaProblem::TooLarge { limit: 1 << 20 }));
    }
}

#[test]
fn patches_with_headers_of_other_programs_are_named() {
    for head in ["BSDIFF40", "BSDIFF43", "ENDSLEY/BSDIFF43"] {
        let file = [head.as_bytes(), &[0; 40]].concat();
        assert_eq!(patch(b"base", &file, LIMIT), Err(DeltaProblem::CompressedBsdiff));
    }
}

#[test]
fn a_delta_to_an_empty_base_is_a_patch_as_any_other() {
    for codec in CODECS {
        let file = Delta::encode(Some(b""), b",\n", codec, Delimiter::Comma).unwrap();
        let delta = Delta::decode(&file).unwrap();
        assert_eq!((delta.content, delta.apply(b"", LIMIT)), (Content::Patch, Ok(b",\n".to_vec())));
    }
}

/// 10,000 rows of which a tenth changed: small, and made without a search for suffixes.
#[test]
fn the_delta_of_a_large_table_is_as_small_as_its_changes() {
    let text = |seed_of: &dyn Fn(usize) -> u64| {
        let (one, two) = (workload::table(10_000, 200, 1).rows, workload::table(10_000, 200, 2).rows);
        let rows = (0..10_000).map(|row| if seed_of(row) == 1 { &one[row] } else { &two[row] });
        rows.map(|row| row.join("|") + "\n").collect::<String>().into_bytes()
    };
    let (base, result) = (text(&|_| 1), text(&|row| if row % 10 == 3 { 2 } else { 1 }));
    let stream = diff(&base, &result, Delimiter::Pipe);
    assert_eq!(bsdiff_patch(&base, &stream), result);
    // Copied bytes are those that are not added to any of the base.
    let changed = 1000 * 200;
    for codec in [Codec::Xz, Codec::Zstd] {
        let packed = compress(codec, &stream).unwrap();
        assert!(packed.len() < changed, "{codec:?}: {}", packed.len());
    }
}

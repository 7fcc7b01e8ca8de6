//! A database file that is only read: whatever redb writes, such as the repair after a crash, stays
//! in memory and is forgotten.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::sync::Mutex;

use redb::StorageBackend;

/// Bytes that are kept together once one of them was written.
const PAGE_BYTES: u64 = 4096;

type Page = [u8; PAGE_BYTES as usize];

/// A file, and over it what was written since.
#[derive(Debug)]
pub(super) struct Overlay {
    file: File,
    written: Mutex<Written>,
}

#[derive(Debug)]
struct Written {
    len: u64,
    /// What of the file still shows: it was cut off there at the shortest.
    file_len: u64,
    pages: BTreeMap<u64, Box<Page>>,
}

impl Overlay {
    pub(super) fn new(file: File) -> io::Result<Overlay> {
        let len = file.metadata()?.len();
        let written = Written {
            len,
            file_len: len,
            pages: BTreeMap::new(),
        };
        Ok(Overlay {
            file,
            written: Mutex::new(written),
        })
    }

    fn written(&self) -> io::Result<std::sync::MutexGuard<'_, Written>> {
        let broken = |_| io::Error::other("a thread broke off while it held the database");
        self.written.lock().map_err(broken)
    }

    /// The page of that number as the file has it, zero behind its end.
    fn page_of_file(&self, number: u64, file_len: u64) -> io::Result<Box<Page>> {
        let mut page = Box::new([0; PAGE_BYTES as usize]);
        let start = number * PAGE_BYTES;
        let held = file_len.saturating_sub(start).min(PAGE_BYTES) as usize;
        self.file.read_exact_at(&mut page[..held], start)?;
        Ok(page)
    }
}

/// The parts of `offset..offset + len` by page: number, start in the page, start in the range,
/// length.
fn parts(offset: u64, len: usize) -> impl Iterator<Item = (u64, usize, usize, usize)> {
    let mut done = 0;
    std::iter::from_fn(move || {
        let at = offset + done as u64;
        let within = (at % PAGE_BYTES) as usize;
        let length = (len - done).min(PAGE_BYTES as usize - within);
        let part = (at / PAGE_BYTES, within, done, length);
        done += length;
        (length > 0).then_some(part)
    })
}

impl StorageBackend for Overlay {
    fn len(&self) -> io::Result<u64> {
        Ok(self.written()?.len)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let written = self.written()?;
        if offset + out.len() as u64 > written.len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let (first, end) = (offset / PAGE_BYTES, offset + out.len() as u64);
        let pages = written
            .pages
            .range(first..end.div_ceil(PAGE_BYTES).max(first));
        if end <= written.file_len && pages.count() == 0 {
            return self.file.read_exact_at(out, offset);
        }
        for (number, within, from, length) in parts(offset, out.len()) {
            let target = &mut out[from..from + length];
            match written.pages.get(&number) {
                Some(page) => target.copy_from_slice(&page[within..within + length]),
                None => {
                    let page = self.page_of_file(number, written.file_len)?;
                    target.copy_from_slice(&page[within..within + length]);
                }
            }
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut written = self.written()?;
        let old = std::mem::replace(&mut written.len, len);
        if len < old {
            written.file_len = written.file_len.min(len);
            let cut = written.pages.split_off(&len.div_ceil(PAGE_BYTES));
            drop(cut);
            // What comes back when it grows again is zero.
            let within = (len % PAGE_BYTES) as usize;
            if let Some(page) = written.pages.get_mut(&(len / PAGE_BYTES)) {
                page[within..].fill(0);
            }
        }
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut written = self.written()?;
        if offset + data.len() as u64 > written.len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        for (number, within, from, length) in parts(offset, data.len()) {
            if !written.pages.contains_key(&number) {
                let page = self.page_of_file(number, written.file_len)?;
                written.pages.insert(number, page);
            }
            if let Some(page) = written.pages.get_mut(&number) {
                page[within..within + length].copy_from_slice(&data[from..from + length]);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_behaves_like_the_file_it_leaves_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        let mut expected: Vec<u8> = (0..20_000u32).map(|at| at as u8 | 1).collect();
        std::fs::write(&path, &expected).unwrap();
        let original = expected.clone();
        let overlay = Overlay::new(File::open(&path).unwrap()).unwrap();
        let check = |expected: &[u8]| {
            assert_eq!(overlay.len().unwrap(), expected.len() as u64);
            let mut all = vec![0; expected.len()];
            overlay.read(0, &mut all).unwrap();
            assert!(all == expected, "{} bytes differ", expected.len());
        };
        check(&expected);
        for (at, length) in [(0, 1), (4095, 2), (100, 9000), (19_999, 1)] {
            expected[at..at + length].fill(2);
            overlay.write(at as u64, &vec![2; length]).unwrap();
            check(&expected);
        }
        // Shorter and longer again: what was cut off is gone, written or not.
        for length in [25_000, 15_001, 16_000, 8192, 30_000, 5] {
            expected.resize(length, 0);
            overlay.set_len(length as u64).unwrap();
            check(&expected);
        }
        assert!(overlay.read(0, &mut [0; 6]).is_err());
        assert!(overlay.write(4, &[1, 1]).is_err());
        assert!(std::fs::read(&path).unwrap() == original);
    }
}

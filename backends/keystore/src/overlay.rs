//! A file that can be read, repaired and checked without changing it.

use std::{collections::BTreeMap, io, ops::Bound, sync::Mutex};

use redb::{BackendError, StorageBackend};

const PAGE: u64 = 4096;

/// A file, with writes to it in memory, which are discarded in the end. Its locks are the file's.
#[derive(Debug)]
pub(crate) struct Overlay<B> {
    file: B,
    layer: Mutex<Layer>,
}

/// The writes, over the file.
#[derive(Debug)]
struct Layer {
    len: u64,
    /// The length of the file that is still visible, if it was truncated.
    shown: u64,
    /// The written pages by their number.
    pages: BTreeMap<u64, Vec<u8>>,
}

impl<B: StorageBackend> Overlay<B> {
    pub(crate) fn new(file: B) -> io::Result<Self> {
        let len = file.len()?;
        Ok(Self { file, layer: Mutex::new(Layer { len, shown: len, pages: BTreeMap::new() }) })
    }

    fn layer(&self) -> std::sync::MutexGuard<'_, Layer> {
        self.layer.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Reads a page of the file.
    fn below(&self, layer: &Layer, page: u64) -> io::Result<Vec<u8>> {
        let (start, mut bytes) = (page * PAGE, vec![0; PAGE as usize]);
        let shown = layer.shown.saturating_sub(start).min(PAGE) as usize;
        if let Some(bytes) = bytes.get_mut(..shown).filter(|bytes| !bytes.is_empty()) {
            self.file.read(start, bytes)?;
        }
        Ok(bytes)
    }

    /// Iterates over the pages of a range: the number of each page, the part of it in the range, and its position in
    /// the range.
    fn pieces(offset: u64, len: usize) -> impl Iterator<Item = (u64, usize, std::ops::Range<usize>)> {
        let end = offset.saturating_add(len as u64);
        let first = offset / PAGE;
        (first..end.div_ceil(PAGE)).map(move |page| {
            let (from, to) = ((page * PAGE).max(offset), ((page + 1) * PAGE).min(end));
            (page, (from - page * PAGE) as usize, (from - offset) as usize..(to - offset) as usize)
        })
    }
}

fn outside() -> io::Error {
    io::Error::from(io::ErrorKind::UnexpectedEof)
}

impl<B: StorageBackend> StorageBackend for Overlay<B> {
    fn len(&self) -> io::Result<u64> {
        Ok(self.layer().len)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let layer = self.layer();
        if offset.checked_add(out.len() as u64).is_none_or(|end| end > layer.len) {
            return Err(outside());
        }
        for (page, at, range) in Self::pieces(offset, out.len()) {
            let len = range.len();
            let out = out.get_mut(range).ok_or_else(outside)?;
            match layer.pages.get(&page) {
                Some(bytes) => out.copy_from_slice(bytes.get(at..at + len).ok_or_else(outside)?),
                None => out.copy_from_slice(self.below(&layer, page)?.get(at..at + len).ok_or_else(outside)?),
            }
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut layer = self.layer();
        if len < layer.len {
            let last = len / PAGE;
            let mut bytes = match layer.pages.remove(&last) {
                Some(bytes) => bytes,
                None => self.below(&layer, last)?,
            };
            bytes.get_mut((len % PAGE) as usize..).ok_or_else(outside)?.fill(0);
            layer.pages.retain(|page, _| *page < last);
            layer.pages.insert(last, bytes);
            layer.shown = layer.shown.min(len);
        }
        layer.len = len;
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut layer = self.layer();
        for (page, at, range) in Self::pieces(offset, data.len()) {
            let mut bytes = match layer.pages.remove(&page) {
                Some(bytes) => bytes,
                None => self.below(&layer, page)?,
            };
            let data = data.get(range).ok_or_else(outside)?;
            bytes.get_mut(at..at + data.len()).ok_or_else(outside)?.copy_from_slice(data);
            layer.pages.insert(page, bytes);
        }
        layer.len = layer.len.max(offset.saturating_add(data.len() as u64));
        Ok(())
    }

    fn close(&self) -> io::Result<()> {
        self.file.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.file.try_lock_range(start, end)
    }

    fn try_lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.file.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.file.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.file.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.file.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.file.query_lock_range(start, end)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::prelude::*;
    use redb::backends::FileBackend;

    use super::*;

    #[derive(Clone, Debug)]
    enum Step {
        Write(u64, Vec<u8>),
        SetLen(u64),
        Read(u64, usize),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let (offset, len) = (|| 0..20_000_u64, || 0..9_000_usize);
        let step = prop_oneof![
            (offset(), len(), any::<u8>()).prop_map(|(offset, len, byte)| Step::Write(offset, vec![byte; len])),
            offset().prop_map(Step::SetLen),
            (offset(), len()).prop_map(|(offset, len)| Step::Read(offset, len)),
        ];
        prop::collection::vec(step, 1..30)
    }

    proptest! {
        #[test]
        fn it_is_as_a_file_is_and_leaves_the_file(len in 0..20_000_usize, steps in steps()) {
            let before: Vec<u8> = (0..len).map(|index| index as u8 | 1).collect();
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(&before).unwrap();
            let below = file.try_clone().unwrap();
            let overlay = Overlay::new(FileBackend::new(file).unwrap()).unwrap();
            let mut model = before.clone();
            for step in steps {
                match step {
                    Step::Write(offset, data) => {
                        let (offset, end) = (offset as usize, offset as usize + data.len());
                        model.resize(model.len().max(end), 0);
                        model[offset..end].copy_from_slice(&data);
                        overlay.write(offset as u64, &data).unwrap();
                    }
                    Step::SetLen(len) => {
                        model.resize(len as usize, 0);
                        overlay.set_len(len).unwrap();
                    }
                    Step::Read(offset, len) => {
                        let mut bytes = vec![0; len];
                        let range = offset as usize..offset as usize + len;
                        match model.get(range) {
                            Some(expected) => {
                                overlay.read(offset, &mut bytes).unwrap();
                                prop_assert_eq!(&bytes, expected);
                            }
                            None => prop_assert!(overlay.read(offset, &mut bytes).is_err()),
                        }
                    }
                }
                prop_assert_eq!(overlay.len().unwrap(), model.len() as u64);
            }
            let mut after = vec![0; len];
            FileBackend::new(below).unwrap().read(0, &mut after).unwrap();
            prop_assert_eq!(after, before);
        }
    }
}

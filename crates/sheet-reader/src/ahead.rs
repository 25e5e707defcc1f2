//! Reading ahead: a thread of its own takes a file apart while the caller looks at the rows before.

use identity_core::sheet::{FileRefusal, FileWarning, Format, Row, Rows};
use std::{
    mem,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread::{self, JoinHandle},
};

/// The most rows that are handed over together.
const ROWS: usize = 256;

/// The memory of rows after which no further one is handed over together with them, in bytes.
const TOGETHER: usize = 1 << 20;

/// The most memory of a row that is used again, in bytes.
const KEPT: usize = 16 << 10;

/// How many batches may wait to be looked at.
const WAITING: usize = 2;

/// Rows that another thread reads ahead, a thousand at most.
///
/// Whatever they hold, what waits takes a few megabytes and a few of the longest rows: a batch ends with the row that makes it
/// large, and a long row's memory is not used again.
pub(crate) struct Ahead {
    format: Format,
    batch: Batch,
    /// The next row of the batch.
    next: usize,
    /// `None` when no further batch is to come.
    full: Option<Receiver<Batch>>,
    empty: SyncSender<Vec<Row>>,
    thread: Option<JoinHandle<()>>,
}

/// Rows read together, and how far the file was read then.
struct Batch {
    /// Buffers; those behind `len` hold nothing.
    rows: Vec<Row>,
    len: usize,
    progress: (u64, u64),
    warnings: Vec<FileWarning>,
    /// Why there are no further rows, where something is wrong.
    refusal: Option<FileRefusal>,
    last: bool,
}

impl Ahead {
    /// Begins to read.
    ///
    /// # Errors
    /// [`FileRefusal::Unreadable`] where the system gives no thread.
    pub(crate) fn of(mut rows: Box<dyn Rows>) -> Result<Self, FileRefusal> {
        let format = rows.format();
        let batch = Batch {
            rows: Vec::new(),
            len: 0,
            progress: rows.progress(),
            warnings: rows.warnings(),
            refusal: None,
            last: false,
        };
        let (sender, full) = sync_channel(WAITING);
        let (empty, used) = sync_channel::<Vec<Row>>(WAITING + 1);
        let read = move || {
            loop {
                let batch = Batch::read(&mut rows, used.try_recv().unwrap_or_default());
                let last = batch.last;
                // Whoever no longer wants the rest has dropped the other end.
                if sender.send(batch).is_err() || last {
                    return;
                }
            }
        };
        let thread = thread::Builder::new()
            .name("rollcall-sheet".to_owned())
            .spawn(read)
            .map_err(|it| crate::unreadable(&it))?;
        Ok(Self {
            format,
            batch,
            next: 0,
            full: Some(full),
            empty,
            thread: Some(thread),
        })
    }

    /// Takes the next batch; `false` when there is none.
    fn advance(&mut self) -> bool {
        let Some(Ok(batch)) = self.full.as_ref().map(Receiver::recv) else {
            return false;
        };
        if batch.last {
            self.full = None;
        }
        let used = mem::replace(&mut self.batch, batch);
        // There is room for every batch there can be; if there were none, new rows would be made.
        let _ = self.empty.try_send(used.rows);
        self.next = 0;
        true
    }
}

impl Batch {
    fn read(rows: &mut Box<dyn Rows>, mut buffers: Vec<Row>) -> Self {
        buffers.retain(|it| it.room() <= KEPT);
        let (mut len, mut room) = (0, 0);
        let mut end = Ok(true);
        while end == Ok(true) && len < ROWS && room < TOGETHER {
            if len == buffers.len() {
                buffers.push(Row::default());
            }
            let Some(row) = buffers.get_mut(len) else {
                break;
            };
            end = rows.next_row(row);
            if end == Ok(true) {
                len += 1;
                room += row.room();
            }
        }
        Self {
            rows: buffers,
            len,
            progress: rows.progress(),
            warnings: rows.warnings(),
            refusal: end.err(),
            last: end != Ok(true),
        }
    }
}

impl Rows for Ahead {
    fn next_row(&mut self, row: &mut Row) -> Result<bool, FileRefusal> {
        while self.next == self.batch.len {
            if let Some(refusal) = self.batch.refusal.take() {
                return Err(refusal);
            }
            if !self.advance() {
                return Ok(false);
            }
        }
        if let Some(next) = self.batch.rows.get_mut(self.next) {
            mem::swap(row, next);
        }
        self.next += 1;
        Ok(true)
    }

    fn format(&self) -> Format {
        self.format
    }

    fn warnings(&self) -> Vec<FileWarning> {
        self.batch.warnings.clone()
    }

    fn progress(&self) -> (u64, u64) {
        self.batch.progress
    }
}

/// The file is closed when the rows are dropped.
impl Drop for Ahead {
    fn drop(&mut self) {
        self.full = None;
        if let Some(thread) = self.thread.take() {
            // It does not panic: the rows it reads are guarded.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use identity_core::sheet::CellKind;
    use std::sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    };

    /// So many rows of one cell each, and then the end or something wrong. Counts the rows it gave.
    struct Numbers {
        rows: u32,
        cell: usize,
        end: Result<bool, FileRefusal>,
        given: Arc<AtomicU32>,
    }

    fn numbers(rows: u32, cell: usize, end: Result<bool, FileRefusal>) -> Box<Numbers> {
        let given = Arc::default();
        Box::new(Numbers {
            rows,
            cell,
            end,
            given,
        })
    }

    impl Rows for Numbers {
        fn next_row(&mut self, row: &mut Row) -> Result<bool, FileRefusal> {
            let given = self.given.load(Ordering::Relaxed);
            if given == self.rows {
                return self.end;
            }
            self.given.store(given + 1, Ordering::Relaxed);
            row.restart(given + 1);
            row.push(CellKind::Text, &"x".repeat(self.cell));
            Ok(true)
        }
        fn format(&self) -> Format {
            Format::Csv
        }
        fn warnings(&self) -> Vec<FileWarning> {
            Vec::new()
        }
        fn progress(&self) -> (u64, u64) {
            (self.given.load(Ordering::Relaxed).into(), self.rows.into())
        }
    }

    #[test]
    fn every_row_comes_in_order_and_then_the_end() {
        for rows in [0, 1, 255, 256, 257, 10_000] {
            for end in [Ok(false), Err(FileRefusal::Corrupt { what: "content" })] {
                let mut ahead = Ahead::of(numbers(rows, 1, end)).unwrap();
                let mut row = Row::default();
                for expected in 1..=rows {
                    assert_eq!(ahead.next_row(&mut row), Ok(true));
                    assert_eq!(row.number(), expected);
                    assert!(ahead.progress().0 >= expected.into());
                }
                assert_eq!(ahead.next_row(&mut row), end);
                // Nothing follows, not even the refusal.
                assert_eq!(ahead.next_row(&mut row), Ok(false));
            }
        }
    }

    /// Nobody reads on for whoever has gone, and the file is closed by then.
    #[test]
    fn whoever_is_dropped_reads_no_further() {
        let rows = numbers(10_000_000, 1, Ok(false));
        let given = Arc::clone(&rows.given);
        let mut ahead = Ahead::of(rows).unwrap();
        assert_eq!(ahead.next_row(&mut Row::default()), Ok(true));
        drop(ahead);
        assert_eq!(Arc::strong_count(&given), 1);
        assert!(given.load(Ordering::Relaxed) < 2_000);
    }

    /// Long rows wait in small numbers, and their memory is not kept for short ones.
    #[test]
    fn what_waits_is_bounded() {
        let rows = numbers(400, TOGETHER / 4, Ok(false));
        let given = Arc::clone(&rows.given);
        let mut ahead = Ahead::of(rows).unwrap();
        let mut row = Row::default();
        for seen in 1..=400 {
            assert_eq!(ahead.next_row(&mut row), Ok(true));
            assert!(given.load(Ordering::Relaxed) - seen < 32);
        }
        let mut source: Box<dyn Rows> = numbers(1, 1, Ok(false));
        let mut long = Row::default();
        long.push(CellKind::Text, &"x".repeat(KEPT + 1));
        let batch = Batch::read(&mut source, vec![long]);
        assert!(batch.rows.iter().all(|it| it.room() <= KEPT));
    }
}

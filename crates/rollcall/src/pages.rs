//! Lists that are read page by page.

use crate::failure::Failure;
use identity_core::port::Page;
use std::ops::ControlFlow;

const LINES: u32 = 1000;

/// Hands on each page as it is read, to the last or until whoever takes them has enough, so that a list of any length needs no
/// memory.
pub(crate) async fn each<T, K: Copy, E: Into<Failure>>(
    read: impl AsyncFn(Page<K>) -> Result<Vec<T>, E>,
    key: impl Fn(&T) -> K,
    mut take: impl FnMut(Vec<T>) -> Result<ControlFlow<()>, Failure>,
) -> Result<(), Failure> {
    let mut page = Page::first(LINES);
    loop {
        let lines = read(page).await.map_err(Into::into)?;
        let full = lines.len() == page.bounded();
        page.after = lines.last().map(&key);
        if take(lines)?.is_break() || !full {
            return Ok(());
        }
    }
}

/// The whole list.
pub(crate) async fn all<T, K: Copy, E: Into<Failure>>(
    read: impl AsyncFn(Page<K>) -> Result<Vec<T>, E>,
    key: impl Fn(&T) -> K,
) -> Result<Vec<T>, Failure> {
    let mut all = Vec::new();
    let take = |lines| {
        all.extend(lines);
        Ok(ControlFlow::Continue(()))
    };
    each(read, key, take).await?;
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use identity_core::port::StoreError;
    use std::cell::Cell;

    /// The numbers from one to `end`, in pages.
    fn numbers(end: u32, page: Page<u32>) -> Result<Vec<u32>, StoreError> {
        Ok((1..=end)
            .skip(page.after.unwrap_or_default() as usize)
            .take(page.bounded())
            .collect())
    }

    #[tokio::test]
    async fn a_list_is_read_to_its_end_and_no_further() {
        for (end, reads) in [(0, 1), (999, 1), (1000, 2), (2000, 3), (2001, 3)] {
            let read = Cell::new(0);
            let all = all(
                async |page| {
                    read.set(read.get() + 1);
                    numbers(end, page)
                },
                |it| *it,
            );
            assert_eq!(all.await.unwrap(), (1..=end).collect::<Vec<_>>());
            assert_eq!(read.get(), reads, "{end}");
        }
    }

    #[tokio::test]
    async fn whoever_has_enough_is_read_no_more() {
        let mut taken = 0;
        let read = each(
            async |page| numbers(5000, page),
            |it| *it,
            |lines| {
                taken += lines.len();
                Ok(ControlFlow::Break(()))
            },
        );
        read.await.unwrap();
        assert_eq!(taken, 1000);
    }
}

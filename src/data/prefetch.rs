//! Batches that are prepared in advance.

use std::sync::mpsc::{IntoIter, sync_channel};
use std::thread;

/// Runs an iterator on its own thread, up to `ahead` items in advance: while the device computes with one batch, the
/// host prepares the next.
///
/// The order of the items doesn't change, so results still depend only on the seed. If the iterator panics, the items
/// before the panic are passed on, and then the panic is. When `consume` returns, the remaining items aren't computed.
///
/// ```
/// use shapewright::data::{Mnist, Split, prefetch};
///
/// let digits = Mnist::load("examples/data/mnist", Split::Test)?;
/// let batches = digits.batches::<f32>(64)?.shuffled(42);
/// let seen: usize = prefetch(batches.epoch(1), 2, |batches| batches.map(|batch| batch.len()).sum());
/// assert_eq!(seen, 1000);
/// # Ok::<(), shapewright::Error>(())
/// ```
///
/// Source: `prefetch_factor` of
/// [`torch.utils.data.DataLoader`](https://pytorch.org/docs/stable/data.html#torch.utils.data.DataLoader).
pub fn prefetch<I, R>(items: I, ahead: usize, consume: impl FnOnce(Prefetched<I::Item>) -> R) -> R
where
    I: Iterator<Item: Send> + Send,
{
    thread::scope(|scope| {
        let (send, receive) = sync_channel(ahead);
        scope.spawn(move || {
            for item in items {
                if send.send(item).is_err() {
                    break; // nobody asks any more
                }
            }
        });
        consume(Prefetched(receive.into_iter()))
    })
}

/// The items of an iterator that [`prefetch`] runs in advance.
#[derive(Debug)]
pub struct Prefetched<T>(IntoIter<T>);

impl<T> Iterator for Prefetched<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.0.next()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn items_come_in_their_order() {
        for ahead in [0, 1, 3, 200] {
            let items: Vec<usize> = prefetch(0..100, ahead, |items| items.collect());
            assert!(items.into_iter().eq(0..100), "{ahead} ahead");
        }
    }

    #[test]
    fn no_more_is_made_than_is_asked_for_and_waits() {
        let made = AtomicUsize::new(0);
        let items = (0..1000).inspect(|_| {
            made.fetch_add(1, Ordering::Relaxed);
        });
        assert!(prefetch(items, 2, |items| items.take(3).eq(0..3)));
        // Three were taken, two were waiting, and one was being sent.
        assert!(made.into_inner() <= 6);
    }

    #[test]
    #[should_panic(expected = "a scoped thread panicked")]
    fn a_panic_is_passed_on() {
        prefetch((0..9).inspect(|item| assert!(*item < 5)), 1, |items| assert!(items.eq(0..5)));
    }
}

//! An allocator that only ever hands out what comes next: enough for one session, which is all that this program has.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::ptr;
use core::sync::atomic::{AtomicUsize, Ordering};

/// More than a session of one small message asks for, with all that it gives back.
const SIZE: usize = 256 * 1024;

/// A piece of memory, and how much of it is in use.
pub(crate) struct Memory {
    octets: UnsafeCell<[u8; SIZE]>,
    used: AtomicUsize,
}

impl Memory {
    pub(crate) const fn new() -> Self {
        Self {
            octets: UnsafeCell::new([0; SIZE]),
            used: AtomicUsize::new(0),
        }
    }
}

// SAFETY: the octets are reached by `alloc` alone, which never hands out the same ones twice, whoever asks.
unsafe impl Sync for Memory {}

// SAFETY: what is handed out lies within the octets, is as large and as aligned as was asked, and belongs to nobody else.
unsafe impl GlobalAlloc for Memory {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let start = self.octets.get().cast::<u8>();
        let place = |used: usize| {
            let unaligned = (start as usize).checked_add(used)?;
            let at = unaligned
                .checked_next_multiple_of(layout.align())?
                .checked_sub(start as usize)?;
            Some((
                at,
                at.checked_add(layout.size()).filter(|end| *end <= SIZE)?,
            ))
        };
        let taken = self
            .used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
                Some(place(used)?.1)
            });
        match taken.ok().and_then(place) {
            // SAFETY: `place` gives an offset within the octets.
            Some((at, _)) => unsafe { start.add(at) },
            None => ptr::null_mut(),
        }
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

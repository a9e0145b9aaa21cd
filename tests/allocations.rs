//! What runs again and again allocates no memory: the sessions of compiled networks.
//!
//! The allocator counts for the whole process, so this is a test program of its own, with a single test.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use shapewright::prelude::*;

/// The system's allocator, counting.
struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

// SAFETY: Everything is passed on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: As the caller says.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, address: *mut u8, layout: Layout) {
        // SAFETY: As the caller says.
        unsafe { System.dealloc(address, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

network! {
    /// All that a plan has a step for: convolutions of each kind, pooling, branches, normalization, activations, upsampling.
    struct Net: Input<3, 24, 24> {
        Conv2d<.., 32, 3, padding = 1>, BatchNorm2d, ReLU,
        Residual<[Conv2d<.., 32, 3, padding = 1>, ReLU6, Conv2d<.., 32, 3, groups = 32, padding = 1>]>, SiLU,
        MaxPool2d<2>, BatchNorm2d, Sigmoid,
        Concat<[Conv2d<.., 8, 1>, GELU], [AvgPool2d<3, stride = 1, padding = 1>], [Conv2d<.., 5, 3, padding = 1>]>,
        ConvTranspose2d<.., 12, 2, stride = 2>, LayerNorm<dims = 3>, Tanh,
        Product<[Mish], [AdaptiveAvgPool2d<1>, Conv2d<.., 12, 1>, Sigmoid]>, Upsample<2, mode = Bilinear>, Hardswish,
        GlobalAvgPool2d, Linear<.., 10>, Softmax,
    }
}

#[test]
fn a_session_allocates_nothing() {
    let network = Net::build(&Cpu::default()).unwrap();
    let plan = network.compile::<2>().unwrap();
    let (input, mut output) = (vec![0.5_f32; 2 * 3 * 24 * 24], [0.0; 20]);
    for threads in [1, 2] {
        let mut session = plan.session_with_threads(threads).unwrap();
        assert_eq!(session.threads(), threads);
        // What a thread sets up when it first does something is not counted.
        session.run(&input, &mut output).unwrap();
        let before = ALLOCATIONS.load(Ordering::Relaxed);
        for _ in 0..20 {
            session.run(&input, &mut output).unwrap();
        }
        assert_eq!(ALLOCATIONS.load(Ordering::Relaxed) - before, 0, "allocations in twenty runs of {threads} threads");
    }
    assert!((output[..10].iter().sum::<f32>() - 1.0).abs() < 1e-5);
}

//! The operations on tensors, and single layers as compiled plans, at the sizes of everyday networks.
//!
//! ```sh
//! cargo bench --bench kernels                 # all of them: minutes
//! cargo bench --bench kernels -- conv2d       # those with that in their name
//! RAYON_NUM_THREADS=1 cargo bench --bench kernels
//! ```
//!
//! The items that it counts are multiplications, or numbers that go in where nothing is multiplied. `training` is the way
//! there and the way back, with the gradients of the input and of all parameters, and the sum that it starts from.

mod measure;
mod normalizations;
mod operations;
mod plans;

use std::time::Duration;

use divan::{Bencher, Divan};

use normalizations::{BatchNorm, NORMALIZATIONS, POOLINGS, Pooling, SOFTMAXES, Softmax};
use operations::{ACTIVATIONS, Activation, CONVOLUTIONS, Convolution, LINEARS, Linear};

fn main() {
    Divan::default().max_time(Duration::from_secs(1)).config_with_args().main();
}

/// Declares for each operation what is measured of it: the way there, and with the way back.
macro_rules! operations {
    ($($name:ident: $operation:ty, $cases:expr;)*) => {$(
        mod $name {
            use super::*;

            #[divan::bench(args = $cases)]
            fn forward(bencher: Bencher<'_, '_>, case: &$operation) {
                measure::forward(bencher, case);
            }

            #[divan::bench(args = $cases)]
            fn training(bencher: Bencher<'_, '_>, case: &$operation) {
                measure::training(bencher, case);
            }
        }
    )*};
}

operations! {
    activation: Activation, ACTIVATIONS.map(Activation);
    batch_norm: BatchNorm, NORMALIZATIONS;
    conv2d: Convolution, CONVOLUTIONS;
    linear: Linear, LINEARS;
    max_pool2d: Pooling, POOLINGS;
    softmax: Softmax, SOFTMAXES;
}

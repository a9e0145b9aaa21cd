//! Single layers as compiled plans, one example at a time: the kernels of inference.

use std::fmt::{Display, Formatter};

use divan::{Bencher, counter::ItemsCount};
use shapewright::{Result, prelude::*};

/// A layer, and what builds and compiles it.
pub struct Layer {
    name: &'static str,
    prepare: fn() -> Result<Prepared>,
}

/// How many numbers go in, and a run.
type Prepared = (usize, Box<dyn FnMut() -> Result<()>>);

macro_rules! layers {
    ($([$($network:tt)*])*) => {[$(Layer {
        name: stringify!($($network)*),
        prepare: || {
            type Single = network!($($network)*);
            prepare(&Single::build(&Cpu::seed_from_u64(1))?)
        },
    }),*]};
}

const LAYERS: [Layer; 14] = layers! {
    [Input<1, 28, 28>, Conv2d<.., 8, 3>]
    [Input<3, 224, 224>, Conv2d<.., 64, 7, stride = 2, padding = 3>]
    [Input<64, 56, 56>, Conv2d<.., 64, 3, padding = 1>]
    [Input<256, 14, 14>, Conv2d<.., 256, 3, padding = 1>]
    [Input<512, 7, 7>, Conv2d<.., 512, 3, padding = 1>]
    [Input<256, 14, 14>, Conv2d<.., 1024, 1>]
    [Input<96, 56, 56>, Conv2d<.., 96, 3, padding = 1, groups = 96>]
    [Input<784>, Linear<.., 512>]
    [Input<2048>, Linear<.., 1000>]
    [Input<64, 112, 112>, MaxPool2d<3, stride = 2, padding = 1>]
    [Input<2048, 7, 7>, GlobalAvgPool2d]
    [Input<64, 56, 56>, ReLU]
    [Input<64, 56, 56>, GELU]
    [Input<1000>, Softmax]
};

impl Display for Layer {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name)
    }
}

/// With as many threads as the pool of rayon has. The items are numbers that go in.
#[divan::bench(args = LAYERS)]
fn plan(bencher: Bencher<'_, '_>, layer: &Layer) {
    let (inputs, mut run) = (layer.prepare)().expect("the layer is compiled");
    bencher.counter(ItemsCount::new(inputs)).bench_local(|| run().expect("the plan runs"));
}

fn prepare<N: Network<Dtype = f32, Device = Cpu>>(layer: &N) -> Result<Prepared>
where
    N::Input: 'static,
    N::Output: 'static,
{
    let inputs = Plan::<N::Input, N::Output, 1>::INPUTS;
    let mut session = layer.compile::<1>()?.session()?;
    let input = Cpu::seed_from_u64(2).sample_normal_like(&(inputs,)).as_vec();
    let mut output = vec![0.0; Plan::<N::Input, N::Output, 1>::OUTPUTS];
    Ok((inputs, Box::new(move || session.run(&input, &mut output))))
}

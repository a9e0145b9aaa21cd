//! Networks learn: on some of the digits that ship with the examples.

use shapewright::data::{ImageClassification, Mnist, Split};
use shapewright::prelude::*;

use crate::support::{Numbers, state};

network! {
    struct Net: Input<1, 28, 28> {
        conv1: Conv2d<.., 6, 5, stride = 2>, bn1: BatchNorm2d, ReLU, MaxPool2d<2>, Flatten, Dropout<0.1>,
        fc: Linear<.., 10>, Softmax,
    }
}

/// The first digits of the training set.
fn digits(count: usize) -> Mnist {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/mnist");
    let all = Mnist::load(directory, Split::Train).unwrap();
    let pixels = (0..count).flat_map(|index| all.image(index)).copied().collect();
    ImageClassification::new(pixels, all.labels()[..count].to_vec()).unwrap()
}

/// The mean loss of each epoch, and the network.
fn train(digits: &Mnist, seed: u64, epochs: u64) -> (Vec<f32>, Net<f32, AutoDevice>) {
    let dev = AutoDevice::seed_from_u64(seed);
    let mut net = Net::build(&dev).unwrap();
    let mut adam = Adam::new(&net, AdamConfig { lr: 0.01, ..Default::default() });
    let mut gradients = net.alloc_grads();
    let batches = digits.batches::<f32>(32).unwrap().shuffled(seed);
    let mut losses = Vec::new();
    for epoch in 0..epochs {
        let mut total = 0.0;
        for batch in batches.epoch(epoch) {
            let (images, labels) = batch.to(&dev).unwrap();
            let logits = net.try_train_logits(images.traced(gradients)).unwrap();
            let loss = CrossEntropyLoss::default().try_forward(logits, &labels).unwrap();
            total += loss.array();
            gradients = loss.backward();
            adam.update(&mut net, &gradients).unwrap();
            net.zero_grads(&mut gradients);
        }
        losses.push(total / batches.len() as f32);
    }
    (losses, net)
}

/// The share of digits that the network tells right.
fn accuracy(net: &Net<f32, AutoDevice>, digits: &Mnist) -> f64 {
    let mut right = 0;
    for batch in digits.batches::<f32>(100).unwrap() {
        let (images, _) = batch.to(&AutoDevice::default()).unwrap();
        let scores = net.try_forward(images).unwrap().as_vec();
        let said = scores.chunks_exact(10).map(|scores| (0..10).max_by(|&a, &b| scores[a].total_cmp(&scores[b])));
        right += said.zip(batch.labels()).filter(|(said, label)| *said == Some(**label)).count();
    }
    right as f64 / digits.len() as f64
}

/// In four epochs of 640 digits, what is told right of those and of a thousand others goes from a tenth to most.
#[test]
fn digits_are_learned() {
    let digits = digits(640);
    let others = Mnist::load(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/mnist"), Split::Test).unwrap();
    let (losses, net) = train(&digits, 1, 4);
    assert!(losses.is_sorted_by(|earlier, later| later < earlier), "{losses:?}");
    assert!(losses[0] > 0.5 && losses[3] < 0.3, "{losses:?}");
    let untrained = Net::build(&AutoDevice::seed_from_u64(1)).unwrap();
    let (before, after, on_others) = (accuracy(&untrained, &digits), accuracy(&net, &digits), accuracy(&net, &others));
    assert!(before < 0.3, "{before} before");
    assert!(after > 0.9, "{after} after");
    assert!(on_others > 0.8, "{on_others} on others");
}

/// Initial values, shuffling, dropout and every kernel, on however many threads: all follow from the seed, to the last bit.
#[test]
fn the_same_seed_gives_the_same_weights() {
    let digits = digits(160);
    let run = |seed| -> (Vec<f32>, Numbers) {
        let (losses, mut net) = train(&digits, seed, 2);
        (losses, state(&mut net))
    };
    let first = run(3);
    assert_eq!(run(3), first);
    assert_ne!(run(4), first);
}

#[cfg(feature = "cuda")]
mod on_a_gpu {
    use shapewright::optim;

    use super::*;
    use crate::support::assert_close;

    /// The losses of 20 steps of the network that `mnist --network mission` trains.
    fn losses<D: Backend<f32>>(device: &D) -> Vec<f64> {
        type Mission =
            network!(Input<1, 28, 28>, Conv2d<1, 8, 3>, ReLU, MaxPool2d<2>, Flatten, Linear<.., 10>, Softmax);
        let mut net = Mission::build(device).unwrap();
        let mut adam = Adam::new(&net, AdamConfig { lr: 8e-3, ..Default::default() });
        let digits = digits(320);
        let batches = digits.batches::<f32>(16).unwrap().shuffled(1);
        let losses = batches.epoch(1).map(|batch| {
            let (images, _) = batch.to(device).unwrap();
            let logits = net.try_train_logits(images.traced(net.alloc_grads())).unwrap();
            let loss = CrossEntropyLoss::default().try_forward(logits, batch.labels()).unwrap();
            let value = f64::from(loss.as_vec()[0]);
            optim::step(&mut net, &mut adam, loss).unwrap();
            value
        });
        losses.collect()
    }

    /// The same initial values, batches and steps: on a GPU the losses are those of the CPU.
    #[test]
    fn a_gpu_learns_as_the_cpu_does() {
        let (on_cpu, on_gpu) = (losses(&Cpu::seed_from_u64(1)), losses(&AutoDevice::seed_from_u64(1)));
        assert_eq!(on_gpu.len(), 20);
        assert!(on_gpu[19] < 0.5 * on_gpu[0], "{on_gpu:?}");
        assert_close(&on_gpu, &on_cpu, 1e-4, "losses");
    }
}

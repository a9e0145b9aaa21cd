//! Layers that remember: a sequence step by step is the sequence at once.

use dfdx::tensor_ops::ReshapeTo;
use shapewright::layer::*;
use shapewright::ops::activation::Tanh;
use shapewright::{Error, prelude::*, weights};

use crate::flat::train;
use crate::gradients::{batch_of, check};
use crate::support::{Taped, assert_close, numbers, sample, tensor};

/// y[t] = tanh(x[t] + y[t − 1]) for each step of a sequence [T, N].
#[layer]
pub struct Accumulate;

impl<In: Shape, A: Arguments, K: Keywords> Layer<In> for Accumulate<A, K> {
    const INFERRED: Inferred = Inferred::new(In::DIMS);
    type Module<P: Place, E: Dtype, D: Device<E>> = Self;
}

impl<In: Shape, E: Dtype, D: Backend<E>, A: Arguments, K: Keywords> Forward<In, E, D> for Accumulate<A, K> {
    fn run(&self, input: Value<E, D>, context: &mut Context<E, D>) -> Result<Value<E, D>> {
        let (batch, steps, width) = (input.batch(), In::DIMS.size(0), In::DIMS.size(1));
        let mut outputs: Vec<Value<E, D>> = Vec::new();
        let mut before = context.state("sum").map(|state| Value::constant(state.rank2()));
        for value in input.cut(&vec![width; steps])? {
            let value = value.elements()?;
            let sum = match before.take() {
                None => value,
                Some(before) => D::try_add(value, before.elements()?, (batch, width))?,
            };
            let (next, output) = Value::from(D::try_activation(sum, Tanh)?).fork();
            outputs.push(output);
            before = Some(next);
        }
        if let Some(Value::Elements(last)) = &before {
            context.set_state("sum", AnyTensor::Rank2(last.retaped::<NoneTape>()));
        }
        Ok(Value::from(Value::Several(outputs).joined::<OptionalTape<E, D>>()?))
    }
}

network! {
    struct Whole: Input<5, 3> { up: Linear<.., 4>, Accumulate, [inner: [Linear<.., 4>, Accumulate]] * 2, out: Linear<.., 2> }
}
network! {
    struct Step: Input<1, 3> { up: Linear<.., 4>, Accumulate, [inner: [Linear<.., 4>, Accumulate]] * 2, out: Linear<.., 2> }
}

/// Both networks with the same weights.
fn both(directory: &std::path::Path) -> (Whole<f32, AutoDevice>, Step<f32, AutoDevice>) {
    let (device, path) = (AutoDevice::default(), directory.join("weights.npz"));
    let (whole, mut step) = (Whole::build(&device).unwrap(), Step::build(&device).unwrap());
    weights::save(&whole, &path).unwrap();
    weights::open(&path).unwrap().load(&mut step).unwrap();
    (whole, step)
}

/// Step `at` of the sequences.
fn piece(sequences: &[f64], at: usize) -> Tensor<Rank3<2, 1, 3>, f32, AutoDevice> {
    let rows: Vec<f64> = (0..2).flat_map(|sequence| sequences[sequence * 15 + at * 3..][..3].to_vec()).collect();
    tensor(Default::default(), &rows)
}

#[test]
fn a_sequence_step_by_step_is_the_sequence_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let (whole, step) = both(directory.path());
    let sequences = sample(2 * 5 * 3, 1);
    let at_once: Tensor<Rank3<2, 5, 2>, f32, _> =
        whole.forward(tensor::<Rank3<2, 5, 3>, f32>(Default::default(), &sequences));
    let at_once = numbers(&at_once);
    let mut states = step.states(2);
    for at in 0..5 {
        let output = numbers(&step.step(piece(&sequences, at), &mut states));
        let expected: Vec<f64> = (0..2).flat_map(|sequence| at_once[sequence * 10 + at * 2..][..2].to_vec()).collect();
        assert_close(&output, &expected, 1e-6, &format!("step {at}"));
    }
    let paths: Vec<&str> = states.iter().map(|(path, _)| path).collect();
    assert_eq!(paths, ["1.sum", "2.0.inner.1.sum", "2.1.inner.1.sum"], "each layer has its own");
    let alone = numbers(&step.forward(piece(&sequences, 4)));
    assert_ne!(alone[..], at_once[8..10], "without states each call is a sequence of its own");
}

/// Values that share a layer have a state each.
#[test]
fn shared_layers_remember_each_value() {
    network! { struct Net: Input<1, 2> + Input<1, 2> { Each<[Accumulate]>, Concat } }
    let net = Net::build(&AutoDevice::default()).unwrap();
    let value = |seed| tensor::<Rank2<1, 2>, f32>(Default::default(), &sample(2, seed));
    let mut states = net.states(1);
    net.step((value(1), value(2)), &mut states);
    let both = numbers(&net.step((value(3), value(4)), &mut states));
    let alone = |first, second| {
        let (one, other) = (sample(2, first), sample(2, second));
        one.iter().zip(other).map(|(x, y)| (y + x.tanh()).tanh()).collect::<Vec<f64>>()
    };
    assert_close(&both, &[alone(1, 3), alone(2, 4)].concat(), 1e-6, "two sequences");
    assert_eq!(states.iter().map(|(path, _)| path).collect::<Vec<_>>(), ["0.sum@0", "0.sum@1"]);
}

#[test]
fn states_are_saved_and_loaded() {
    let directory = tempfile::tempdir().unwrap();
    let (_, step) = both(directory.path());
    let sequences = sample(2 * 5 * 3, 2);
    let mut states = step.states(2);
    step.step(piece(&sequences, 0), &mut states);
    for name in ["states.npz", "states.safetensors"] {
        let path = directory.path().join(name);
        weights::save_part(&states, &path).unwrap();
        let mut loaded = weights::load_states(&path, &AutoDevice::default()).unwrap();
        let mut kept = states.clone();
        assert_eq!(loaded.batch(), 2);
        let (one, other) = (step.step(piece(&sequences, 1), &mut kept), step.step(piece(&sequences, 1), &mut loaded));
        assert_eq!(numbers(&one), numbers(&other));
    }
}

#[test]
fn states_of_another_batch_are_an_error() {
    let step = Step::build(&AutoDevice::default()).unwrap();
    let mut states = step.states(3);
    let error = step.try_step(piece(&sample(30, 1), 0), &mut states).unwrap_err();
    let why = "these are the states of 3 sequences, but the input has 2 examples";
    assert!(matches!(&error, Error::Argument(said) if said == why), "{error}");
}

#[test]
fn gradients_go_through_all_steps() {
    let network = AutoDevice::default().build_module::<Whole, f64>();
    let forward = |network: &mut _, input: Taped<(usize,), f64>| train(network, input.reshape_like(&(2, 15)));
    check(network, batch_of(&[5, 3]), forward);
}

#[test]
#[cfg(not(feature = "cuda"))]
fn a_plan_computes_the_sequence() {
    let directory = tempfile::tempdir().unwrap();
    let (whole, _) = both(directory.path());
    let sequence = sample(15, 3);
    let expected = numbers(&whole.forward(tensor::<Rank2<5, 3>, f32>(Default::default(), &sequence)));
    let input: Vec<f32> = sequence.into_iter().map(|value| value as f32).collect();
    let mut output = [0.0; 10];
    whole.compile::<1>().unwrap().session().unwrap().run(&input, &mut output).unwrap();
    assert_close(&output.map(f64::from), &expected, 1e-5, "plan");
}

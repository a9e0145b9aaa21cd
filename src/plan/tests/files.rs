//! Plans in files, valid and damaged ones.

use std::collections::BTreeMap;

use crate::plan::Plan;
use crate::prelude::*;
use crate::weights::{self, raw};

network! {
    struct Net: Input<2, 6, 6> { conv: Conv2d<.., 4, 3, padding = 1>, ReLU, Flatten, out: Linear<.., 3>, Softmax }
}

fn input() -> Vec<f32> {
    crate::ops::testing::sample(72, 3).iter().map(|&number| number as f32).collect()
}

/// A file holds a complete plan. A file that isn't a plan, is a plan for other shapes, or is damaged is refused with a sentence.
#[test]
fn plans_are_saved_and_loaded() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("net.plan");
    let net = Net::build(&Cpu::seed_from_u64(1)).unwrap();
    let plan = net.compile::<1>().unwrap();
    plan.save(&path).unwrap();
    let loaded = Plan::<shapes::Image<2, 6, 6>, shapes::Vector<3>, 1>::load(&path).unwrap();
    let run = |plan: &Plan<shapes::Image<2, 6, 6>, shapes::Vector<3>, 1>| {
        let mut output = [0.0; 3];
        plan.session().unwrap().run(&input(), &mut output).unwrap();
        output
    };
    assert_eq!(run(&loaded), run(&plan));

    let error = Plan::<shapes::Image<2, 6, 6>, shapes::Vector<3>, 4>::load(&path).unwrap_err().to_string();
    assert!(error.contains("a plan for batches of 1, inputs of [2, 6, 6] and outputs of 3"), "{error}");
    assert!(error.contains("one for batches of 4"), "{error}");
    let error = Plan::<shapes::Image<2, 6, 6>, shapes::Vector<3>, 1, f64>::load(&path).unwrap_err().to_string();
    assert!(error.contains("has numbers of type F32, but F64 were expected"), "{error}");

    let whole = std::fs::read(&path).unwrap();
    let text = String::from_utf8_lossy(&whole);
    let kernel = text.find("kernel").unwrap();
    for (at, byte) in [(kernel + 10, b'9'), (whole.len() - 1, 0)] {
        let mut damaged = whole.clone();
        damaged[at] = byte;
        damaged.truncate(if byte == 0 { at } else { whole.len() });
        std::fs::write(&path, damaged).unwrap();
        assert!(Plan::<shapes::Image<2, 6, 6>, shapes::Vector<3>, 1>::load(&path).is_err());
    }

    let path = directory.path().join("net.safetensors");
    weights::save(&net, &path).unwrap();
    let error = Plan::<shapes::Image<2, 6, 6>, shapes::Vector<3>, 1>::load(&path).unwrap_err().to_string();
    assert!(error.contains("is no plan"), "{error}");
}

/// The file holds the shape of each input.
#[test]
fn a_plan_of_several_inputs_is_for_those_alone() {
    use shapes::Vector;
    network! { struct Two: Input<3> + Input<4> { Concat, Linear<.., 2> } }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("two.plan");
    Two::build(&Cpu::default()).unwrap().compile::<1>().unwrap().save(&path).unwrap();
    assert!(Plan::<(Vector<3>, Vector<4>), Vector<2>, 1>::load(&path).is_ok());
    let error = Plan::<(Vector<4>, Vector<3>), Vector<2>, 1>::load(&path).unwrap_err().to_string();
    assert!(error.contains("inputs of [3, 0, 4]") && error.contains("[4, 0, 3]"), "{error}");
}

/// A plan that requests more memory than there is, is refused before any of it is used.
#[test]
fn a_plan_beyond_memory_is_refused() {
    use crate::ops::binary::{BinaryGeometry, Function};
    use crate::ops::compiled::Algorithm;
    use crate::ops::graph::{Constant, Graph, Node, Source};
    use crate::ops::max_pool2d::MaxPool2dGeometry;
    use crate::ops::upsample::{Mode, Stretch, UpsampleGeometry};
    use crate::ops::vectorized::InstructionSet;
    use crate::ops::{Operation, Window};

    // Each value has almost 2³² elements, and all exist at the same time: more bytes than an address space has.
    const VALUES: usize = 4200;
    let (size, last) = ((1 << 16) - 1, 2 * VALUES - 1);
    let axis = Stretch { input: 1, output: size, factor: None };
    let geometry = UpsampleGeometry { planes: 1, vertical: axis, horizontal: axis, mode: Mode::Nearest };
    let window = Window { input: size, output: 1, kernel: size, stride: 1, padding: 0, dilation: 1 };
    let pool = MaxPool2dGeometry { planes: 1, vertical: window, horizontal: window };
    let stretched =
        (0..VALUES).map(|_| Node { operation: Operation::Upsample(geometry), inputs: vec![Source::Value(0)] });
    let sums = (1..VALUES).map(|number| {
        let before = if number == 1 { 1 } else { VALUES + number - 1 };
        Node {
            operation: BinaryGeometry::same(Function::Add, size * size).into(),
            inputs: [before, number + 1].map(Source::Value).to_vec(),
        }
    });
    let pooled = Node { operation: Operation::MaxPool2d(pool), inputs: vec![Source::Value(last)] };
    let nodes = stretched.chain(sums).chain([pooled]).collect();
    let graph: Graph<Constant<f64>> = Graph { nodes, constants: Vec::new(), lookups: Vec::new(), output: last + 1 };
    let plan = Plan::<shapes::Image<1, 1, 1>, shapes::Vector<1>, 1, f64>::of(
        graph,
        InstructionSet::Portable,
        &Algorithm::best,
    );
    let error = plan.unwrap_err().to_string();
    assert!(error.contains("bytes, which there is no memory for: compile it for smaller batches"), "{error}");
}

network! {
    /// A network with every operation that a plan can have.
    struct Everything: Input<4, 6, 6> {
        Concat<[Conv2d<.., 6, 3, padding = 1>, ReLU], [MaxPool2d<3, stride = 1, padding = 1>, LocalResponseNorm<3>]>,
        BatchNorm2d, GELU,
        Residual<[Conv2d<.., 10, 1, groups = 2>]>,
        ConvTranspose2d<.., 6, 2, stride = 2, bias = false>,
        AvgPool2d<2>, Upsample<size = (5, 7), mode = Bilinear>,
        AnchorRows<3>, Columns<0, 1>,
        Flatten, Linear<.., 3>, Softmax,
    }
}

/// If any number in its text is replaced by another, a plan is refused, or computes something else within its memory. Nothing
/// panics.
#[test]
fn damaged_sizes_are_harmless() {
    type ThePlan = Plan<shapes::Image<4, 6, 6>, shapes::Vector<3>, 1>;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("everything.plan");
    Everything::build(&Cpu::seed_from_u64(1)).unwrap().compile::<1>().unwrap().save(&path).unwrap();
    let (refused, runs) = damage(&path, &|| {
        let plan = ThePlan::load(&path)?;
        plan.session_with_threads(1)?.run(&[0.5; 144], &mut [0.0; 3])
    });
    assert!(refused > 1000 && runs > 10, "{refused} were refused, {runs} ran");
}

network! { struct Words: Input<[usize; 3]> + Input<2> { Parallel<[Embedding<5, 2>, Flatten], [Linear<.., 6>]>, Sum, LayerNorm } }

#[test]
fn damaged_lookups_are_harmless() {
    type ThePlan = Plan<(shapes::Indices<shapes::Vector<3>>, shapes::Vector<2>), shapes::Vector<6>, 1>;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("words.plan");
    Words::build(&Cpu::seed_from_u64(1)).unwrap().compile::<1>().unwrap().save(&path).unwrap();
    let (refused, runs) = damage(&path, &|| {
        let plan = ThePlan::load(&path)?;
        plan.session_with_threads(1)?.run_with(&[0.5; 2], &[0, 4, 2], &mut [0.0; 6])
    });
    assert!(refused > 100 && runs > 10, "{refused} were refused, {runs} ran");
}

/// Replaces each number in the text of a plan by others, and counts how often `run` fails and succeeds.
fn damage(path: &std::path::Path, run: &dyn Fn() -> Result<()>) -> (usize, usize) {
    let (lists, texts) = raw::load::<f32>(path).unwrap();
    let lists: Vec<(String, Vec<f32>)> = lists.into_iter().collect();
    let (name, text) = texts.iter().find(|(_, text)| text.contains("nodes")).unwrap();
    let is_digit = |at: &usize| text.as_bytes()[*at].is_ascii_digit();
    let (mut refused, mut runs, mut at) = (0, 0, 0);
    while let Some(start) = (at..text.len()).find(is_digit) {
        at = (start..text.len()).find(|at| !is_digit(at)).unwrap();
        for number in ["0", "1", "3", "8", "100", "2147483647", "4611686018427387907", "99999999999999999999", "-1"] {
            let damaged = BTreeMap::from([(name.as_str(), format!("{}{number}{}", &text[..start], &text[at..]))]);
            raw::save(path, lists.clone(), &damaged).unwrap();
            if run().is_ok() {
                runs += 1;
            } else {
                refused += 1;
            }
        }
    }
    (refused, runs)
}

//! Converts operations on tensors to steps on images that are stored pixel by pixel.

use super::simplify::uses;
use super::steps::{Form, Kind, Lowered, Steps, Value};
use super::{check, gaps};
use crate::error::{Error, Result};
use crate::ops::activation::{self, LeakyRelu};
use crate::ops::binary::{BinaryGeometry, Function};
use crate::ops::compiled::{Algorithm, Fused};
use crate::ops::concat::ConcatGeometry;
use crate::ops::conv_transpose2d::ConvTranspose2dGeometry;
use crate::ops::conv2d::Conv2dGeometry;
use crate::ops::conv2d::pixels::turned;
use crate::ops::graph::{Constant, Graph, Lookup, Node, Source};
use crate::ops::permute::PermuteGeometry;
use crate::ops::scale::Scaled;
use crate::ops::softmax::Softmax;
use crate::ops::{Element, Operation, Window};

/// Chooses the algorithm of a convolution.
pub(super) type Choose<'a> = &'a dyn Fn(&Conv2dGeometry) -> Algorithm;

/// The steps that compute a graph of operations. Each example has `outputs` output elements.
pub(super) fn lower<E: Element>(
    graph: &Graph<Constant<E>>,
    input: Form,
    outputs: usize,
    choose: Choose<'_>,
) -> Result<Steps<E>> {
    let uses = uses(graph);
    let mut takers = vec![Vec::new(); uses.len()];
    for (number, node) in graph.nodes.iter().enumerate() {
        node.values().for_each(|input| takers[input].push(number));
    }
    let mut lowering = Lowering {
        graph,
        steps: Steps {
            values: vec![Value { form: input, border: [0; 4], within: None }],
            steps: Vec::new(),
            output: 0,
        },
        places: vec![None; uses.len()],
        fixed: vec![None; graph.constants.len()],
        uses,
        takers,
        batch: input.examples,
        choose,
    };
    lowering.places[0] = Some(0);
    for number in 0..graph.nodes.len() {
        if lowering.places[number + 1].is_none() {
            lowering.lower(number)?;
        }
    }
    let output = lowering.place(graph.output)?;
    let output = lowering.shaped(output, Form::rows(input.examples, outputs))?;
    // The output needs a place of its own, without gaps.
    let value = &lowering.steps.values[output];
    lowering.steps.output = if output == 0 || value.within.is_some() || value.border != [0; 4] {
        let form = value.form;
        lowering.step(Kind::Copy { from: 0, to: 0 }, vec![output], form)
    } else {
        output
    };
    gaps::fill(&mut lowering.steps);
    check::values(&lowering.steps)?;
    Ok(lowering.steps)
}

struct Lowering<'a, E: Element> {
    graph: &'a Graph<Constant<E>>,
    steps: Steps<E>,
    /// The plan's value for each value of the graph.
    places: Vec<Option<usize>>,
    /// The plan's value for each constant of the graph that is read as one.
    fixed: Vec<Option<usize>>,
    uses: Vec<usize>,
    /// The operations that use each value of the graph.
    takers: Vec<Vec<usize>>,
    batch: usize,
    choose: Choose<'a>,
}

impl<E: Element> Lowering<'_, E> {
    fn place(&self, value: usize) -> Result<usize> {
        self.places.get(value).copied().flatten().ok_or_else(|| broken("a value is used before it is computed"))
    }

    fn form(&self, value: usize) -> Form {
        self.steps.values[value].form
    }

    /// The value that an operation reads. A constant gets a step that writes it.
    fn input(&mut self, source: Source) -> Result<usize> {
        match source {
            Source::Value(value) => self.place(value),
            Source::Constant(number) => {
                let constant = self.constant(source)?;
                if let Some(place) = self.fixed[number] {
                    return Ok(place);
                }
                let examples = if constant.len().is_multiple_of(self.batch) { self.batch } else { 1 };
                let form = Form::rows(examples, constant.len() / examples.max(1));
                let place = self.step(Kind::Constant(constant), Vec::new(), form);
                self.fixed[number] = Some(place);
                Ok(place)
            }
            Source::Lookup(number) => {
                let Lookup { start, count, geometry, matrix } = self.graph.lookups[number];
                let matrix = self.constant(Source::Constant(matrix))?;
                Ok(self.step(Kind::Rows(matrix, start), Vec::new(), Form::rows(count, geometry.width)))
            }
        }
    }

    /// The elements of a constant.
    fn constant(&self, source: Source) -> Result<Constant<E>> {
        let constant = match source {
            Source::Value(_) | Source::Lookup(_) => None,
            Source::Constant(number) => self.graph.constants.get(number),
        };
        constant.cloned().ok_or_else(|| broken("an operation's weights are computed"))
    }

    /// The weight and the bias of an operation.
    fn affine(&self, node: &Node) -> Result<(Constant<E>, Option<Constant<E>>)> {
        let parameter = |number: usize| node.inputs.get(number).map(|&source| self.constant(source)).transpose();
        let weight = parameter(1)?.ok_or_else(|| broken("an operation lacks its weight"))?;
        Ok((weight, parameter(2)?))
    }

    /// Adds a step that computes a new value.
    fn step(&mut self, kind: Kind<E>, inputs: Vec<usize>, form: Form) -> usize {
        let output = self.steps.values.len();
        self.steps.values.push(Value { form, border: [0; 4], within: None });
        self.steps.steps.push(Lowered { kind, inputs, output });
        output
    }

    /// The same elements in another form.
    fn shaped(&mut self, value: usize, form: Form) -> Result<usize> {
        let given = self.form(value);
        if given == form {
            return Ok(value);
        }
        if given.numbers() != form.numbers() {
            return Err(broken("an operation takes more or fewer elements than there are"));
        }
        let flat = if given.is_flat() { value } else { self.step(Kind::Flatten, vec![value], given.flat()) };
        Ok(if self.form(flat) == form { flat } else { self.step(Kind::Unflatten, vec![flat], form) })
    }

    /// Requests a border of zeros around a value, or around the wider value that it is part of.
    fn surround(&mut self, value: usize, border: [usize; 4]) {
        let value = self.steps.values[value].within.map_or(value, |(parent, _)| parent);
        let now = &mut self.steps.values[value].border;
        now.iter_mut().zip(border).for_each(|(now, wanted)| *now = wanted.max(*now));
    }

    /// The operation that uses a value, if there is exactly one use.
    fn only_taker(&self, value: usize) -> Option<usize> {
        (self.uses[value] == 1).then(|| self.takers[value].first().copied()).flatten()
    }

    /// The activation that can be fused with the step that computes a value, and the value after the activation.
    fn fused(&self, value: usize) -> (Fused<E>, usize) {
        let fused = self.only_taker(value).and_then(|taker| match self.graph.nodes[taker].operation {
            Operation::Activation(activation::Function::Relu(_)) => Some((Fused::Relu, taker + 1)),
            Operation::Activation(activation::Function::Relu6(_)) => Some((Fused::Relu6, taker + 1)),
            Operation::Activation(activation::Function::LeakyRelu(LeakyRelu { negative_slope })) => {
                Some((Fused::LeakyRelu(E::of(negative_slope)), taker + 1))
            }
            _ => None,
        });
        fused.unwrap_or((Fused::Identity, value))
    }

    /// The value that is added to this one, and their sum; if the sum is the only use of this value, and the other is computed
    /// already.
    fn residual(&self, value: usize, form: Form) -> Option<(usize, usize)> {
        let taker = self.only_taker(value)?;
        let node = &self.graph.nodes[taker];
        if !is_sum(&node.operation) {
            return None;
        }
        let other = node.values().find(|&input| input != value)?;
        let place = self.places[other]?;
        (self.form(place) == form).then_some((place, taker + 1))
    }

    fn lower(&mut self, number: usize) -> Result<()> {
        let graph = self.graph;
        let node = &graph.nodes[number];
        let values = node.inputs.iter().take(node.operation.geometry().values());
        let inputs: Vec<usize> = values.map(|&input| self.input(input)).collect::<Result<_>>()?;
        let (value, first) = (number + 1, *inputs.first().ok_or_else(|| broken("an operation takes nothing"))?);
        let place = match node.operation {
            Operation::Conv2d(geometry) => {
                return self.convolution(value, first, geometry, self.affine(node)?);
            }
            Operation::ConvTranspose2d(ref geometry) => {
                let (channels, vertical, horizontal) = (geometry.in_channels, geometry.vertical, geometry.horizontal);
                let image = |height, width| Form { examples: geometry.batch, channels, height, width };
                let form = image(vertical.input, horizontal.input);
                let image = self.shaped(first, form)?;
                let (weight, bias) = self.affine(node)?;
                let weight = turned(&geometry.convolution(), &weight).into();
                let (spread, geometry) = spread(geometry)?;
                let form = Form { height: geometry.vertical.input, width: geometry.horizontal.input, ..form };
                let image = self.step(Kind::Spread(spread.0, spread.1), vec![image], form);
                return self.convolution(value, image, geometry, (weight, bias));
            }
            Operation::Linear(geometry) => {
                let form = self.form(first);
                let fits = form.examples == geometry.rows
                    && form.numbers() == Form::rows(geometry.rows, geometry.inputs).numbers();
                let form = if fits { form } else { Form::rows(geometry.rows, geometry.inputs) };
                let whole = |size| Window { input: size, output: 1, kernel: size, stride: 1, padding: 0, dilation: 1 };
                let geometry = Conv2dGeometry {
                    batch: form.examples,
                    in_channels: form.channels,
                    out_channels: geometry.outputs,
                    groups: 1,
                    vertical: whole(form.height),
                    horizontal: whole(form.width),
                };
                return self.convolution(value, first, geometry, self.affine(node)?);
            }
            Operation::Activation(function) => {
                let is_last_use = node.values().all(|value| self.uses[value] == 1) && node.values().count() == 1;
                let image = if is_last_use && first != 0 {
                    first
                } else {
                    self.step(Kind::Copy { from: 0, to: 0 }, vec![first], self.form(first))
                };
                self.steps.steps.push(Lowered { kind: Kind::Activate(function), inputs: vec![image], output: image });
                image
            }
            ref sum if is_sum(sum) => {
                let second = *inputs.get(1).ok_or_else(|| broken("a sum has one term"))?;
                let second = self.shaped(second, self.form(first))?;
                let (fused, end) = self.fused(value);
                let sum = self.step(Kind::Add(fused), vec![first, second], self.form(first));
                self.places[end] = Some(sum);
                sum
            }
            Operation::Scale(Scaled { channels, spatial }) => {
                let (factors, summands) = self.affine(node)?;
                let summands = summands.ok_or_else(|| broken("a scale lacks its summands"))?;
                let form = self.form(first);
                let fits = form.channels == channels && form.plane() == spatial;
                let form = if fits { form } else { self.channels(first, channels, spatial) };
                let image = self.shaped(first, form)?;
                let (fused, end) = self.fused(value);
                let scaled = self.step(Kind::Scale { factors, summands, fused }, vec![image], form);
                self.places[end] = Some(scaled);
                scaled
            }
            Operation::MaxPool2d(ref geometry) => {
                let (vertical, horizontal) = (geometry.vertical, geometry.horizontal);
                let form = self.planes(first, geometry.planes, vertical.input, horizontal.input);
                let image = self.shaped(first, form)?;
                let output = Form { height: vertical.output, width: horizontal.output, ..form };
                self.step(Kind::MaxPool(vertical, horizontal), vec![image], output)
            }
            Operation::AvgPool2d(ref geometry) => {
                let (vertical, horizontal) = (geometry.vertical.clone(), geometry.horizontal.clone());
                let form = self.planes(first, geometry.planes, vertical.input, horizontal.input);
                let image = self.shaped(first, form)?;
                let output = Form { height: vertical.bins.len(), width: horizontal.bins.len(), ..form };
                self.step(Kind::AveragePool(vertical, horizontal), vec![image], output)
            }
            Operation::Upsample(geometry) => {
                let (vertical, horizontal) = (geometry.vertical, geometry.horizontal);
                let form = self.planes(first, geometry.planes, vertical.input, horizontal.input);
                let image = self.shaped(first, form)?;
                let output = Form { height: vertical.output, width: horizontal.output, ..form };
                self.step(Kind::Stretch(geometry), vec![image], output)
            }
            Operation::LocalResponseNorm(geometry) => {
                let given = self.form(first);
                let fits = (given.channels, given.plane()) == (geometry.channels, geometry.spatial);
                let form = Form { height: geometry.spatial, ..Form::rows(geometry.batch, geometry.channels) };
                let image = self.shaped(first, if fits { given } else { form })?;
                self.step(Kind::LocalResponseNorm(geometry), vec![image], self.form(image))
            }
            Operation::Softmax(Softmax { scale, geometry }) => {
                let given = self.form(first);
                let fits = (given.examples, given.channels, given.plane())
                    == (geometry.outer, geometry.classes, geometry.inner);
                let form = Form { height: geometry.inner, ..Form::rows(geometry.outer, geometry.classes) };
                let image = self.shaped(first, if fits { given } else { form })?;
                self.step(Kind::Softmax(scale), vec![image], self.form(image))
            }
            Operation::Narrow(geometry) => {
                let form = self.form(first);
                let plane = form.plane();
                let fits = form.examples == geometry.outer
                    && form.flat().channels == geometry.length
                    && [geometry.start, geometry.width].iter().all(|size| size.is_multiple_of(plane));
                let (form, plane) = if fits { (form, plane) } else { (Form::rows(geometry.outer, geometry.length), 1) };
                let image = self.shaped(first, form)?;
                let kind = Kind::Copy { from: geometry.start / plane, to: 0 };
                self.step(kind, vec![image], form.with_channels(geometry.width / plane))
            }
            Operation::Permute(PermuteGeometry { ref sizes, ref axes }) if axes[..] == [0, 2, 1] => {
                let (rows, columns) = (sizes[1], sizes[2]);
                // The usual order of the output's elements is the order in which the input's pixels are stored.
                let given = self.form(first);
                let fits = (given.channels, given.plane()) == (rows, columns);
                let form = if fits { given } else { self.channels(first, rows, columns) };
                let image = self.shaped(first, form)?;
                let turned = Form::rows(form.examples * columns, rows);
                self.step(Kind::Pixels, vec![image], turned)
            }
            Operation::Concat(ref geometry) => {
                let is_alone = |input: &Source| matches!(*input, Source::Value(value) if self.uses[value] == 1);
                let alone: Vec<bool> = node.inputs.iter().map(is_alone).collect();
                self.concat(&inputs, &alone, geometry)?
            }
            ref other => {
                let lengths: Vec<usize> = inputs.iter().map(|&input| self.form(input).numbers()).collect();
                let outputs = other.geometry().outputs(&lengths).map_err(|why| broken(&why))?;
                let rows =
                    inputs.iter().map(|&input| self.shaped(input, self.form(input).flat())).collect::<Result<_>>()?;
                let examples = if outputs.is_multiple_of(self.batch) { self.batch } else { 1 };
                self.step(Kind::Operate(other.clone()), rows, Form::rows(examples, outputs / examples))
            }
        };
        self.places[value] = Some(place);
        Ok(())
    }

    /// The form of a value that is read as `channels` channels of `plane` pixels. The number of examples follows from the number
    /// of elements. It may differ from the network's batch, because a layer may regroup a batch.
    fn channels(&self, value: usize, channels: usize, plane: usize) -> Form {
        let example = channels.saturating_mul(plane).max(1);
        Form { height: plane, ..Form::rows(self.form(value).numbers() / example, channels) }
    }

    /// The form of a value that is read as `planes` planes. They are channels of the value's examples, or of the network's batch,
    /// if their number is divisible; otherwise each plane is an example.
    fn planes(&self, value: usize, planes: usize, height: usize, width: usize) -> Form {
        let given = self.form(value).examples;
        let examples =
            [given, self.batch].into_iter().find(|&examples| planes.is_multiple_of(examples)).unwrap_or(planes);
        Form { examples, channels: planes / examples.max(1), height, width }
    }

    /// Adds a convolution, fused with a residual sum and an activation if they follow.
    fn convolution(
        &mut self,
        value: usize,
        input: usize,
        geometry: Conv2dGeometry,
        (weight, bias): (Constant<E>, Option<Constant<E>>),
    ) -> Result<()> {
        let (vertical, horizontal) = (geometry.vertical, geometry.horizontal);
        let form = Form {
            examples: geometry.batch,
            channels: geometry.in_channels,
            height: vertical.input,
            width: horizontal.input,
        };
        let image = self.shaped(input, form)?;
        let algorithm = (self.choose)(&geometry);
        self.surround(image, algorithm.border(&geometry));
        let output =
            Form { channels: geometry.out_channels, height: vertical.output, width: horizontal.output, ..form };
        let (mut inputs, mut end) = (vec![image], value);
        if let Some((residual, sum)) = self.residual(value, output) {
            inputs.push(residual);
            end = sum;
        }
        let (fused, end) = self.fused(end);
        let place = self.step(Kind::Convolution { geometry, weight, bias, algorithm, fused }, inputs, output);
        self.places[value] = Some(place);
        self.places[end] = Some(place);
        // The residual sum between both is used nowhere else. It gets a place as well, so that it isn't computed again.
        if let Some(sum) = self.only_taker(value).filter(|_| end != value) {
            self.places[sum + 1] = Some(place);
        }
        Ok(())
    }

    /// Concatenates values along their channels. `alone` says which of them have no other use.
    fn concat(&mut self, inputs: &[usize], alone: &[bool], geometry: &ConcatGeometry) -> Result<usize> {
        let &ConcatGeometry { batch, rows, ref parts } = geometry;
        let forms: Vec<Form> = inputs.iter().map(|&input| self.form(input)).collect();
        let images = rows == 1
            && forms
                .iter()
                .all(|form| (form.examples, form.height, form.width) == (batch, forms[0].height, forms[0].width));
        let inputs: Vec<usize> = if images {
            inputs.to_vec()
        } else {
            let examples = batch * rows;
            let flat = |part: &usize| Form::rows(examples, *part);
            inputs.iter().zip(parts).map(|(&input, part)| self.shaped(input, flat(part))).collect::<Result<_>>()?
        };
        let channels = inputs.iter().map(|&input| self.form(input).channels).sum();
        let form = self.form(inputs[0]).with_channels(channels);
        let whole = self.steps.values.len();
        self.steps.values.push(Value { form, border: [0; 4], within: None });
        let mut channel = 0;
        for (&input, &alone) in inputs.iter().zip(alone) {
            // A convolution can write here directly, if its output has no other use: this value may be overwritten in place
            // later.
            let maker = self.steps.steps.iter().find(|step| step.output == input);
            let by_convolution = matches!(maker, Some(Lowered { kind: Kind::Convolution { .. }, .. }));
            if by_convolution && alone && self.steps.values[input].within.is_none() {
                let border = self.steps.values[input].border;
                self.steps.values[input].within = Some((whole, channel));
                self.surround(whole, border);
            } else {
                let kind = Kind::Copy { from: 0, to: channel };
                self.steps.steps.push(Lowered { kind, inputs: vec![input], output: whole });
            }
            channel += self.form(input).channels;
        }
        Ok(whole)
    }
}

/// Whether it is the sum of two tensors of the same sizes.
fn is_sum(operation: &Operation) -> bool {
    matches!(operation, Operation::Binary(BinaryGeometry { function: Function::Add, left, right }) if left == right)
}

pub(super) fn broken(what: &str) -> Error {
    Error::Argument(format!("this is no plan: {what}"))
}

/// Converts a transposed convolution to a convolution of an image whose pixels are spread, and the distances between them.
fn spread(geometry: &ConvTranspose2dGeometry) -> Result<((usize, usize), Conv2dGeometry)> {
    let window = |window: &Window| -> Result<Window> {
        let reach = (window.kernel - 1) * window.dilation;
        let padding = reach.checked_sub(window.padding).ok_or_else(|| {
            Error::Argument(format!(
                "a transposed convolution whose padding of {} is larger than its kernel reaches, {reach}, can't be compiled",
                window.padding
            ))
        })?;
        let input = (window.input - 1) * window.stride + 1;
        Ok(Window {
            input,
            output: window.output,
            kernel: window.kernel,
            stride: 1,
            padding,
            dilation: window.dilation,
        })
    };
    let (vertical, horizontal) = (geometry.vertical, geometry.horizontal);
    let convolution = Conv2dGeometry {
        batch: geometry.batch,
        in_channels: geometry.in_channels,
        out_channels: geometry.out_channels,
        groups: geometry.groups,
        vertical: window(&vertical)?,
        horizontal: window(&horizontal)?,
    };
    Ok(((vertical.stride, horizontal.stride), convolution))
}

//! What a layer makes of its input.

use super::{Dims, Help, MAX_RANK, MOST, Message, Mistake, Report, UNKNOWN};

/// What a network costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Costs {
    /// How many numbers its parameters hold.
    pub parameters: usize,
    /// How many of them don't train.
    pub frozen: usize,
    /// How many multiplications with addition one example takes, forward.
    pub macs: usize,
    /// How many numbers its layers give an example, all together.
    pub activations: usize,
}

/// What a layer makes of its input: the one description from which checks, parameter types, counts and summaries follow.
#[derive(Clone, Copy, Debug)]
pub struct Inferred {
    /// The sizes of the output. Where the layer doesn't fit, the sizes it would have if it did, so that the layers
    /// after it are checked all the same.
    pub output: Dims,
    /// What is wrong with the layer itself, if anything.
    pub mistake: Option<Mistake>,
    /// What is wrong with the layers that it is made of.
    pub report: Report,
    /// The sizes that the layer's parameters are typed with, in an order that is the layer's own.
    pub sizes: [usize; MAX_RANK],
    /// How many numbers the layer's parameters hold.
    pub parameters: usize,
    /// How many of them don't train.
    pub frozen: usize,
    /// How many multiplications with addition one example takes, forward.
    pub macs: usize,
    /// How many numbers it and the layers that it is made of give an example.
    pub activations: usize,
    /// How the output came about, where that isn't seen from its sizes: "\[1352\] is \[8, 13, 13\] flattened".
    pub origin: Option<Message>,
}

impl Inferred {
    /// A layer without parameters that fits and gives `output`.
    pub const fn new(output: Dims) -> Self {
        let inferred = Inferred {
            output,
            mistake: None,
            report: Report::Fits,
            sizes: [0; MAX_RANK],
            parameters: 0,
            frozen: 0,
            macs: 0,
            activations: output.numel(),
            origin: None,
        };
        let why = Message::new("has the output {}, more numbers than memory can hold").dims(output);
        inferred.mistake(too_many(output.numel(), why))
    }

    /// Layers one after the other, behind `input`, which came about as `origin` says.
    pub const fn list(layers: &[&Inferred], input: &Dims, origin: Option<Message>) -> Self {
        let mut inferred = Inferred::new(*input).activations(0);
        inferred.origin = origin;
        let mut i = 0;
        while i < layers.len() {
            inferred.origin = layers[i].origin_after(&inferred.output, inferred.origin);
            inferred.output = layers[i].output;
            inferred = inferred.and_costs(layers[i]);
            i += 1;
        }
        inferred
    }

    /// A closed network as a layer of another: it takes what its own `Input` says, and nothing else.
    pub const fn network(received: Dims, input: Dims, output: Dims, costs: Costs) -> Self {
        let fits = received.agrees(&input);
        let why = Message::new("takes {}, as its `Input` says, but receives {}").dims(input).dims(received);
        let network = Inferred::new(output).parameters(&[], costs.parameters).frozen(costs.frozen).macs(costs.macs);
        network.activations(costs.activations).mistake(if fits {
            None
        } else {
            Some(
                Mistake::new(why)
                    .help(Help::Say(Message::new("declare it without `Input`, so that it takes what comes"))),
            )
        })
    }

    /// The sizes that type its parameters, and how many numbers they hold.
    pub const fn parameters(mut self, sizes: &[usize], count: usize) -> Self {
        let mut i = 0;
        while i < sizes.len() && i < MAX_RANK {
            self.sizes[i] = sizes[i];
            i += 1;
        }
        self.parameters = count;
        self.mistake(too_many(count, Message::new("has {} parameters, more than memory can hold").number(count)))
    }

    /// How many of the numbers don't train.
    pub const fn frozen(mut self, count: usize) -> Self {
        self.frozen = count;
        self
    }

    /// Whether it passes on what depends on parameters that train, where its input does so or not.
    pub const fn learns(&self, input: bool) -> bool {
        input || self.parameters > self.frozen
    }

    /// How many multiplications with addition one example takes.
    pub const fn macs(mut self, macs: usize) -> Self {
        self.macs = macs;
        self
    }

    /// How the output came about.
    pub const fn origin(mut self, origin: Message) -> Self {
        self.origin = Some(origin);
        self
    }

    /// What it costs.
    pub const fn costs(&self) -> Costs {
        Costs { parameters: self.parameters, frozen: self.frozen, macs: self.macs, activations: self.activations }
    }

    /// How the output came about, seen from before the layer: a layer that keeps its input's sizes keeps its origin.
    pub const fn origin_after(&self, input: &Dims, origin: Option<Message>) -> Option<Message> {
        match self.origin {
            None if self.output.agrees(input) => origin,
            own => own,
        }
    }

    /// The layer doesn't fit. The first mistake that is told stays: it is often the reason for those after it.
    pub const fn mistake(mut self, mistake: Option<Mistake>) -> Self {
        if self.mistake.is_none() {
            self.mistake = mistake;
        }
        self
    }

    /// The layer is made of others, whose mistakes these are.
    pub const fn made_of(mut self, report: Report) -> Self {
        self.report = report;
        self
    }

    /// The layer is made of lists of layers, one beside the other.
    pub const fn made_of_lists(self, lists: &'static [Option<&'static Inferred>]) -> Self {
        let mut inferred = self;
        let mut i = 0;
        while i < lists.len() {
            if let Some(list) = lists[i] {
                inferred = inferred.and_costs(list);
            }
            i += 1;
        }
        inferred.made_of(Report::Lists(lists))
    }

    /// Adds the costs of a list of layers.
    pub const fn and_costs(mut self, list: &Inferred) -> Self {
        self.parameters = self.parameters.saturating_add(list.parameters);
        self.frozen = self.frozen.saturating_add(list.frozen);
        self.macs = self.macs.saturating_add(list.macs);
        self.activations = self.activations.saturating_add(list.activations);
        self
    }

    /// What the layer makes of `input`: it takes one tensor.
    ///
    /// Where it receives several, that is told of the first layer only, the first in its lists if it is made of such.
    pub const fn behind(mut self, input: &Dims) -> Self {
        if !input.parts().is_empty() {
            let first = input.numel() != UNKNOWN && matches!(self.report, Report::Fits);
            self.mistake = if first {
                Some(Mistake::new(Message::new("takes one tensor, but receives several")).help(SPLIT_IS_LAST))
            } else {
                None
            };
            self.output = Dims::UNCLEAR;
        }
        self
    }

    /// What a layer makes of lists one of which makes several tensors, as each may make one.
    pub const fn of_several(outputs: &[Dims]) -> Option<Self> {
        let mut i = 0;
        while i < outputs.len() {
            if !outputs[i].parts().is_empty() {
                let why = Message::new("takes one tensor of each list, but list {} makes several").number(i + 1);
                let told = outputs[i].numel() == UNKNOWN;
                let mistake = if told { None } else { Some(Mistake::new(why).help(SPLIT_IS_LAST)) };
                return Some(Inferred::new(Dims::UNCLEAR).mistake(mistake));
            }
            i += 1;
        }
        None
    }

    /// How many numbers it and the layers that it is made of give an example.
    pub const fn activations(mut self, activations: usize) -> Self {
        self.activations = activations;
        self
    }

    /// How many mistakes there are, the layer's own and those of the layers that it is made of.
    pub const fn mistakes(&self) -> usize {
        self.mistake.is_some() as usize + self.report.count()
    }
}

const SPLIT_IS_LAST: Help =
    Help::Say(Message::new("let `Split` be the network's last layer: its outputs leave the network"));

const fn too_many(count: usize, why: Message) -> Option<Mistake> {
    if count <= MOST || count == UNKNOWN { None } else { Some(Mistake::new(why)) }
}

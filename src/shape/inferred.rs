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
    /// What the layer takes.
    pub takes: Takes,
}

/// What a layer takes: everything else is a mistake, whatever its rule says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// One tensor of elements.
    Elements,
    /// One tensor of indices.
    Indices,
    /// Whatever comes: its own rule, or the layers in its lists, say what they take.
    Anything,
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
            takes: Takes::Elements,
        };
        let why = Message::new("has the output {}, more numbers than memory can hold").dims(output);
        inferred.mistake(too_many(output.numel(), why))
    }

    /// Layers one after the other, behind `input`, which came about as `origin` says.
    pub const fn list(layers: &[&Inferred], input: &Dims, origin: Option<Message>) -> Self {
        let mut inferred = Inferred::new(*input).activations(0).takes(Takes::Anything);
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
        network.takes(Takes::Anything).activations(costs.activations).mistake(if fits {
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
        let mut inferred = self.takes(Takes::Anything);
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

    /// What the layer takes, if that isn't elements.
    pub const fn takes(mut self, takes: Takes) -> Self {
        self.takes = takes;
        self
    }

    /// What the layer makes of `input`, if it takes that.
    ///
    /// A value of another kind is reported at the first layer that receives it, and at none of those behind.
    pub const fn behind(mut self, input: &Dims) -> Self {
        let several = !input.parts().is_empty();
        let mistake = match self.takes {
            Takes::Anything => return self,
            _ if several => {
                Mistake::new(Message::new("takes one tensor, but receives {}").dims(*input)).help(JOIN_FIRST)
            }
            Takes::Elements if input.are_indices() => {
                Mistake::new(Message::new("takes elements, but receives {}").dims(*input)).help(EMBED_FIRST)
            }
            Takes::Indices if !input.are_indices() => {
                let why = Message::new("takes indices, but receives the elements {}").dims(*input);
                Mistake::new(why).help(GIVE_INDICES)
            }
            _ => return self,
        };
        let unknown = several && input.numel() == UNKNOWN;
        self.mistake = if unknown { None } else { Some(mistake) };
        self.output = Dims::UNCLEAR;
        self
    }

    /// What a layer makes of lists one of which makes several tensors, or indices, as each may make one tensor of elements.
    pub const fn of_several(outputs: &[Dims]) -> Option<Self> {
        let mut i = 0;
        while i < outputs.len() {
            let several = !outputs[i].parts().is_empty();
            let mistake = if several {
                let why = Message::new("takes one tensor of each list, but list {} makes several").number(i + 1);
                Mistake::new(why).help(JOIN_FIRST)
            } else {
                let why = Message::new("takes elements of each list, but list {} makes {}").number(i + 1);
                Mistake::new(why.dims(outputs[i])).help(EMBED_FIRST)
            };
            if several || outputs[i].are_indices() {
                let told = several && outputs[i].numel() == UNKNOWN;
                let inferred = Inferred::new(Dims::UNCLEAR).takes(Takes::Anything);
                return Some(inferred.mistake(if told { None } else { Some(mistake) }));
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

const JOIN_FIRST: Help = Help::Say(Message::new(
    "`Concat` and `Sum` without lists join several tensors; `Parallel<[…], […]>` has a list of layers for each of them",
));
const EMBED_FIRST: Help = Help::Say(Message::new(
    "put `Embedding<num_embeddings, embedding_dim>` before it: a row of elements for each index",
));
const GIVE_INDICES: Help =
    Help::Say(Message::new("indices come from the network's input: `Input<[usize; 16]>` is 16 of them"));

const fn too_many(count: usize, why: Message) -> Option<Mistake> {
    if count <= MOST || count == UNKNOWN { None } else { Some(Mistake::new(why)) }
}

//! What a layer makes of its input.

use super::{Dims, Help, MAX_RANK, MOST, Message, Mistake, Report, UNKNOWN};

/// What a layer makes of its input: the one description from which checks, parameter types, counts and summaries follow.
#[derive(Clone, Copy, Debug)]
pub struct Inferred {
    /// The sizes of the output. Where the layer doesn't fit, the sizes it would have if it did, so that the layers
    /// after it are checked all the same.
    pub output: Dims,
    /// What is wrong, if anything.
    pub report: Report,
    /// The sizes that the layer's parameters are typed with, in an order that is the layer's own.
    pub sizes: [usize; MAX_RANK],
    /// How many trainable numbers the layer holds.
    pub parameters: usize,
    /// How many multiplications with addition one example takes, forward.
    pub macs: usize,
    /// How the output came about, where that isn't seen from its sizes: "\[1352\] is \[8, 13, 13\] flattened".
    pub origin: Option<Message>,
}

impl Inferred {
    /// A layer without parameters that fits and gives `output`.
    pub const fn new(output: Dims) -> Self {
        let inferred =
            Inferred { output, report: Report::Fits, sizes: [0; MAX_RANK], parameters: 0, macs: 0, origin: None };
        let why = Message::new("has the output {}, more numbers than memory can hold").dims(output);
        inferred.mistake(too_many(output.numel(), why))
    }

    /// A closed network as a layer of another: it takes what its own `Input` says, and nothing else.
    pub const fn network(received: Dims, input: Dims, output: Dims, parameters: usize, macs: usize) -> Self {
        let fits = received.agrees(&input);
        let why = Message::new("takes {}, as its `Input` says, but receives {}").dims(input).dims(received);
        Inferred::new(output).parameters(&[], parameters).macs(macs).mistake(if fits {
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

    /// How the output came about, seen from before the layer: a layer that keeps its input's sizes keeps its origin.
    pub const fn origin_after(&self, input: &Dims, origin: Option<Message>) -> Option<Message> {
        match self.origin {
            None if self.output.agrees(input) => origin,
            own => own,
        }
    }

    /// The layer doesn't fit. The first mistake that is told stays: it is often the reason for those after it.
    pub const fn mistake(mut self, mistake: Option<Mistake>) -> Self {
        if let (Report::Fits, Some(mistake)) = (self.report, mistake) {
            self.report = Report::Here(mistake);
        }
        self
    }
}

const fn too_many(count: usize, why: Message) -> Option<Mistake> {
    if count <= MOST || count == UNKNOWN { None } else { Some(Mistake::new(why)) }
}

//! What ties two stages of the pipeline: messages one way, and the memory they
//! came in back the other way, to be filled again.

use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

/// Messages that a stage may be ahead of the next.
const AHEAD: usize = 4;

/// Where a stage sends messages `M`, with memory `V` in them.
pub struct Output<M, V> {
    messages: SyncSender<M>,
    empty: Receiver<V>,
}

/// Where the next stage receives them.
pub struct Input<M, V> {
    messages: Receiver<M>,
    empty: Sender<V>,
}

/// A link between two threads.
pub fn link<M, V>() -> (Output<M, V>, Input<M, V>) {
    let (messages, received) = sync_channel(AHEAD);
    let (given_back, empty) = channel();
    let input = Input {
        messages: received,
        empty: given_back,
    };
    (Output { messages, empty }, input)
}

impl<M, V: Default> Output<M, V> {
    /// Passes a message on, as soon as the next stage is not too far behind.
    /// Where it has ended, the message is for nobody.
    pub fn send(&self, message: M) {
        let _ = self.messages.send(message);
    }

    /// Memory that came back, with what it held, or new one.
    pub fn room(&self) -> V {
        self.empty.try_recv().unwrap_or_default()
    }
}

impl<M, V> Input<M, V> {
    /// The next message; `None` when the sender has ended.
    pub fn next(&self) -> Option<M> {
        self.messages.recv().ok()
    }

    /// Gives memory back. The sender may have ended and need it no more.
    pub fn done(&self, memory: V) {
        let _ = self.empty.send(memory);
    }
}

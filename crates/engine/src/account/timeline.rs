//! How memory went over the run, at bounded resolution.

/// Samples that are kept: when there are more, every second one is dropped and
/// they are taken half as often.
const SAMPLES: usize = 2048;

/// All memories at a moment. Sizes are in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    /// Allocations and frees before it.
    pub events: u64,
    /// Its time in ns, if that is known.
    pub time: Option<u64>,
    /// Size of all linear memories.
    pub memory: u64,
    /// Live bytes.
    pub live: u64,
    /// Holes between blocks in use, of the memories whose allocator is modelled.
    pub holes: u64,
    /// Allocations so far.
    pub allocations: u64,
}

/// Samples at equal distances, counted in events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeline {
    samples: Vec<Sample>,
    stride: u64,
    next: u64,
}

impl Default for Timeline {
    fn default() -> Timeline {
        Timeline {
            samples: Vec::new(),
            stride: 1,
            next: 0,
        }
    }
}

impl Timeline {
    /// The samples, the first one first.
    pub fn samples(&self) -> &[Sample] {
        &self.samples
    }

    /// Whether a sample is due after so many events.
    #[inline]
    pub(super) fn is_due(&self, events: u64) -> bool {
        events >= self.next
    }

    /// Has the next sample taken, whenever it comes.
    pub(super) fn make_due(&mut self) {
        self.next = 0;
    }

    pub(super) fn add(&mut self, sample: Sample) {
        if self.samples.len() == SAMPLES {
            let mut number = 0;
            self.samples.retain(|_| {
                number += 1;
                number % 2 == 1
            });
            self.stride *= 2;
        }
        self.samples.push(sample);
        self.next = sample.events + self.stride;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_bounded_and_begin_with_the_first() {
        let mut timeline = Timeline::default();
        for events in 0..100_000 {
            if timeline.is_due(events) {
                timeline.add(Sample {
                    events,
                    ..Sample::default()
                });
            }
        }
        let samples = timeline.samples();
        assert!(samples.len() > SAMPLES / 2 && samples.len() <= SAMPLES);
        assert_eq!(samples[0].events, 0);
        let distances = samples
            .windows(2)
            .map(|pair| pair[1].events - pair[0].events);
        assert!(
            distances
                .clone()
                .all(|distance| distance == timeline.stride)
        );
        assert!(
            samples
                .last()
                .is_some_and(|last| last.events + timeline.stride >= 100_000)
        );
    }
}

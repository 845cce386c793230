//! Writes traces in memtrace's format, from its documentation. Shared with the
//! tests of the command line.

/// How a stack is written: codes with their place in the cache.
pub enum Word {
    /// A new code.
    Miss(u16, u64),
    /// A known place, and how many codes behind it are as predicted.
    Hit(u16, u8),
}

/// The number of a name that was used lately, or a new name.
pub type Name<'a> = Result<u64, &'a str>;

/// One packet.
pub struct Packet {
    pub version: u16,
    pub pid: u64,
    pub domain: u16,
    pub begin: u64,
    pub end: u64,
    pub verifier: (u16, u16, u64),
    pub ids: (u64, u64),
    pub content: Vec<u8>,
}

impl Packet {
    pub fn new() -> Packet {
        Packet {
            version: 3,
            pid: 7,
            domain: 0,
            begin: 0,
            end: 1 << 24,
            verifier: (0xffff, 0, 0),
            ids: (0, 1 << 20),
            content: Vec::new(),
        }
    }

    pub fn event(&mut self, kind: u32, time: u32) -> &mut Packet {
        self.put(&(kind << 25 | (time & 0x01ff_ffff)).to_le_bytes())
    }

    pub fn put(&mut self, bytes: &[u8]) -> &mut Packet {
        self.content.extend_from_slice(bytes);
        self
    }

    pub fn vint(&mut self, value: u64) -> &mut Packet {
        match value {
            0..=252 => self.put(&[value as u8]),
            253..=0xffff => self.put(&[253]).put(&(value as u16).to_le_bytes()),
            0x1_0000..=0xffff_ffff => self.put(&[254]).put(&(value as u32).to_le_bytes()),
            _ => self.put(&[255]).put(&value.to_le_bytes()),
        }
    }

    pub fn text(&mut self, text: &str) -> &mut Packet {
        self.put(text.as_bytes()).put(&[0])
    }

    /// What a code stands for: line, file and function, each a number of a name that was
    /// used lately or a new name.
    pub fn location(&mut self, code: u64, frames: &[(u64, Name<'_>, Name<'_>)]) {
        self.event(1, 0);
        self.put(&code.to_le_bytes()).put(&[frames.len() as u8]);
        for (line, file, function) in frames {
            let bits =
                line | 5 << 20 | 9 << 28 | file.unwrap_or(31) << 38 | function.unwrap_or(31) << 43;
            self.put(&bits.to_le_bytes()[..6]);
            for name in [file, function] {
                if let Err(name) = name {
                    self.text(name);
                }
            }
        }
    }

    pub fn stack(&mut self, words: &[Word]) {
        for word in words {
            match word {
                Word::Miss(place, code) => {
                    self.put(&(place << 2 | 3).to_le_bytes())
                        .put(&code.to_le_bytes());
                }
                Word::Hit(place, predicted @ 0..=1) => {
                    self.put(&(place << 2 | u16::from(*predicted)).to_le_bytes());
                }
                Word::Hit(place, predicted) => {
                    self.put(&(place << 2 | 2).to_le_bytes()).put(&[*predicted]);
                }
            }
        }
    }

    /// An allocation of so many words; source 0 is the minor heap, 1 the major, 2 is
    /// outside.
    pub fn alloc(&mut self, time: u32, length: u64, source: u8, common: u64, stack: &[Word]) {
        self.event(2, time)
            .vint(length)
            .vint(1)
            .put(&[source])
            .vint(common);
        self.put(&(stack.len() as u16).to_le_bytes());
        self.stack(stack);
    }

    /// The short form of a small one.
    pub fn short_alloc(&mut self, time: u32, length: u32, common: u64, stack: &[Word]) {
        self.event(100 + length, time)
            .vint(common)
            .put(&[stack.len() as u8]);
        self.stack(stack);
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut head = Vec::new();
        head.extend(self.begin.to_le_bytes());
        head.extend(self.end.to_le_bytes());
        head.extend(0u32.to_le_bytes());
        head.extend(self.version.to_le_bytes());
        head.extend(self.pid.to_le_bytes());
        if self.version >= 3 {
            head.extend(self.domain.to_le_bytes());
        }
        head.extend(self.verifier.0.to_le_bytes());
        head.extend(self.verifier.1.to_le_bytes());
        head.extend(self.verifier.2.to_le_bytes());
        head.extend(self.ids.0.to_le_bytes());
        head.extend(self.ids.1.to_le_bytes());
        let bits = (8 + head.len() + self.content.len()) as u32 * 8;
        let mut bytes = 0xc1fc_1fc1_u32.to_le_bytes().to_vec();
        bytes.extend(bits.to_le_bytes());
        bytes.extend(head);
        bytes.extend(&self.content);
        bytes
    }
}

/// The first packet.
pub fn info(chance: f64, word_bits: u8, version: u16) -> Vec<u8> {
    let mut packet = Packet::new();
    packet.version = version;
    packet
        .event(0, 0)
        .put(&chance.to_bits().to_le_bytes())
        .put(&[word_bits]);
    packet
        .text("/bin/program")
        .text("host")
        .text("")
        .put(&7u64.to_le_bytes());
    if version >= 2 {
        packet.text("");
    }
    packet.bytes()
}

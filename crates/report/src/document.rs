//! What text and Markdown have in common: sections of sentences and tables.

/// A report for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// The answer, in one or two lines.
    pub headline: Vec<String>,
    /// The rest.
    pub sections: Vec<Section>,
}

/// A part with a title.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Its title.
    pub title: String,
    /// What it says.
    pub blocks: Vec<Block>,
}

/// A part of a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// Sentences.
    Paragraph(String),
    /// Items that are not in order.
    List(Vec<String>),
    /// Steps in order.
    Steps(Vec<String>),
    /// Figures.
    Table(Table),
}

/// Figures in rows; every row has a cell for each column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows.
    pub rows: Vec<Vec<String>>,
}

/// A column's head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// Whether its cells are numbers, which are aligned at their end.
    pub is_number: bool,
}

impl Table {
    /// An empty table whose columns hold numbers, then text.
    pub fn new(numbers: &[&'static str], texts: &[&'static str]) -> Table {
        let column = |is_number| move |name: &&'static str| Column { name, is_number };
        let columns = numbers
            .iter()
            .map(column(true))
            .chain(texts.iter().map(column(false)));
        Table {
            columns: columns.collect(),
            rows: Vec::new(),
        }
    }
}

impl Section {
    /// A section that says nothing yet.
    pub fn new(title: impl Into<String>) -> Section {
        Section {
            title: title.into(),
            blocks: Vec::new(),
        }
    }

    /// Adds sentences.
    pub fn say(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Paragraph(text.into()));
    }

    /// Adds a table, and how many rows it leaves out: `what` for one and for
    /// more of them.
    pub fn table(&mut self, table: Table, left_out: usize, what: [&str; 2]) {
        self.blocks.push(Block::Table(table));
        self.left_out(left_out, what);
    }

    /// Says how many rows are left out, if any are.
    pub fn left_out(&mut self, left_out: usize, [one, more]: [&str; 2]) {
        if left_out > 0 {
            let rows = crate::units::things(left_out as u64, one, more);
            self.say(format!("{rows} left out (--top 0 shows all)."));
        }
    }
}

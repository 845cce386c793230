//! All functions of the rewritten module.

use std::collections::HashMap;

use wasm_encoder::{Encode, Function};
use wasmparser::{FunctionBody, Parser, Payload, ValType};

use super::body::{NewBody, Rewriting};
use super::error::InstrumentError;
use super::indices::Indices;
use super::layout::Layout;
use super::reading;
use super::wrap::Wrapping;
use crate::map::{OffsetMap, Origin};
use crate::role::Hook;

/// A function that is added behind the module's own.
pub(super) struct Added {
    pub type_index: u32,
    pub body: NewBody,
    origin: Origin,
    /// The original function whose name it has too.
    pub named_as: Option<u32>,
}

/// Bodies of all functions, and which take the place of others.
pub(super) struct Functions {
    /// Of the module's own functions, in their order.
    pub own: Vec<NewBody>,
    pub added: Vec<Added>,
    /// The function to be exported in place of another, by the other's index in
    /// the original module.
    pub exports: HashMap<u32, u32>,
    /// The function that reads globals, if there are any.
    pub reader: Option<u32>,
    /// The function to be started in place of the module's own.
    pub start: Option<u32>,
    /// Own functions that a wrapper has taken the place of.
    wrapped: Vec<u32>,
}

impl Functions {
    /// Rewrites all bodies and makes all wrappers. `grows` tells whether the
    /// function that grows is needed.
    pub fn rewrite(
        layout: &Layout,
        rewriting: &Rewriting<'_>,
        hooked: &HashMap<u32, &Hook>,
        grows: bool,
    ) -> Result<Functions, InstrumentError> {
        let indices = rewriting.indices;
        let wrapping = Wrapping {
            indices,
            is_64: layout.is_64,
            watches: layout.grows_by_import(),
        };
        let mut functions = Functions {
            own: Vec::with_capacity(layout.bodies.len()),
            added: Vec::new(),
            exports: HashMap::new(),
            reader: None,
            start: None,
            wrapped: Vec::new(),
        };
        if grows {
            functions.added.push(Added {
                type_index: indices.grow_type,
                body: made(&wrapping.grow()),
                origin: Origin::Added,
                named_as: None,
            });
        }
        for payload in Parser::new(0).parse_all(rewriting.wasm) {
            if let Payload::CodeSectionEntry(body) = payload? {
                let function = layout.imported_functions + functions.own.len() as u32;
                let hook = hooked.get(&function).copied();
                functions.add_own(layout, rewriting, &wrapping, function, &body, hook)?;
            }
        }
        for function in &layout.exported {
            let reaches = rewriting.reach.function(*function);
            if *function >= layout.imported_functions && reaches {
                functions.add_export(layout, indices, &wrapping, *function);
            }
        }
        let globals = layout.read_globals();
        if !globals.is_empty() {
            functions.add_reader(layout, indices, &globals);
        }
        Ok(functions)
    }

    fn add_own(
        &mut self,
        layout: &Layout,
        rewriting: &Rewriting<'_>,
        wrapping: &Wrapping<'_>,
        function: u32,
        body: &FunctionBody<'_>,
        hook: Option<&Hook>,
    ) -> Result<(), InstrumentError> {
        let (Some(signature), Some(type_index)) = (
            layout.signature(function),
            layout.functions.get(function as usize),
        ) else {
            return Err(InstrumentError::NoSuchFunction {
                function,
                functions: layout.functions.len() as u32,
            });
        };
        let parameters = signature.params().len() as u32;
        let known = &layout.bodies[self.own.len()];
        let rewritten = rewriting.body(function, parameters, body, known)?;
        let Some(hook) = hook else {
            self.own.push(rewritten);
            return Ok(());
        };
        let original = rewriting.indices.first_added + self.added.len() as u32;
        let wrapper = wrapping.hook(hook, signature, original)?;
        self.own.push(made(&wrapper));
        self.wrapped.push(function);
        self.added.push(Added {
            type_index: *type_index,
            body: rewritten,
            origin: Origin::Original(function),
            named_as: Some(function),
        });
        Ok(())
    }

    fn add_export(
        &mut self,
        layout: &Layout,
        indices: &Indices,
        wrapping: &Wrapping<'_>,
        function: u32,
    ) {
        let (Some(signature), Some(type_index)) = (
            layout.signature(function),
            layout.functions.get(function as usize),
        ) else {
            return;
        };
        let wrapper = wrapping.export(function, signature, indices.function(function));
        let index = indices.first_added + self.added.len() as u32;
        self.exports.insert(function, index);
        self.added.push(Added {
            type_index: *type_index,
            body: made(&wrapper),
            origin: Origin::Added,
            named_as: Some(function),
        });
    }

    fn add_reader(&mut self, layout: &Layout, indices: &Indices, globals: &[(u32, ValType)]) {
        let reader = indices.first_added + self.added.len() as u32;
        let started = layout.start.map(|start| indices.function(start));
        let start = reading::start(indices, reader, globals.len(), started);
        for (type_index, function) in [
            (indices.reader_type, reading::reader(globals)),
            (indices.start_type, start),
        ] {
            self.added.push(Added {
                type_index,
                body: made(&function),
                origin: Origin::Added,
                named_as: None,
            });
        }
        self.reader = Some(reader);
        self.start = Some(reader + 1);
    }

    /// Where everything comes from, with the offsets at which the bodies were
    /// written: those of the module's own functions, then the added ones.
    pub fn map(&self, layout: &Layout, indices: &Indices, begins: &[usize]) -> OffsetMap {
        let mut origins = Vec::new();
        for function in 0..indices.function(layout.imported_functions) {
            origins.push(match function < layout.imported_functions {
                true => Origin::Original(function),
                false => Origin::Added,
            });
        }
        for number in 0..self.own.len() as u32 {
            let function = layout.imported_functions + number;
            origins.push(match self.wrapped.contains(&function) {
                true => Origin::Added,
                false => Origin::Original(function),
            });
        }
        origins.extend(self.added.iter().map(|added| added.origin));
        let bodies = self
            .own
            .iter()
            .chain(self.added.iter().map(|added| &added.body));
        let mut anchors = Vec::new();
        for (body, begin) in bodies.zip(begins) {
            for (new, old) in &body.anchors {
                anchors.push((*begin as u32 + new, *old));
            }
        }
        OffsetMap::new(origins, anchors)
    }
}

/// A body that comes from nowhere.
fn made(function: &Function) -> NewBody {
    let mut sized = Vec::new();
    function.encode(&mut sized);
    let digits = sized.iter().take_while(|byte| **byte & 0x80 != 0).count() + 1;
    NewBody {
        bytes: sized.split_off(digits.min(sized.len())),
        anchors: Vec::new(),
    }
}

//! `impl Track`: where the probe of an object is.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, parse_quote};

use crate::attributes::Container;
use crate::bounds::with_bounds;
use crate::shape::Shape;
use crate::size::own_heap;

pub fn track(input: &DeriveInput, container: &Container, shape: &Shape) -> TokenStream {
    let bound = parse_quote! { ::unfreed_probe::get_size2::GetSize };
    let generics = with_bounds(&input.generics, container, shape, &bound);
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let name = &input.ident;
    let probes = probe_arms(shape);
    let heap = if container.measured {
        quote! { ::unfreed_probe::get_size2::GetSize::get_heap_size_with_tracker(self, tracker) }
    } else {
        own_heap(shape)
    };
    quote! {
        #[automatically_derived]
        impl #impl_generics ::unfreed_probe::Track for #name #ty_generics #where_clause {
            fn __probe(&self) -> &::unfreed_probe::Probe {
                match self { #(#probes)* }
            }

            fn __probe_mut(&mut self) -> &mut ::unfreed_probe::Probe {
                match self { #(#probes)* }
            }

            fn __own_heap<__Tracker: ::unfreed_probe::get_size2::GetSizeTracker>(
                &self,
                tracker: __Tracker,
            ) -> (usize, __Tracker) {
                #heap
            }
        }
    }
}

fn probe_arms(shape: &Shape) -> Vec<TokenStream> {
    shape
        .variants
        .iter()
        .filter_map(|variant| {
            let path = variant.path();
            let member = &variant.probe()?.member;
            Some(quote! { #path { #member: probe, .. } => probe, })
        })
        .collect()
}

//! Converting a tree into the types of the document, with every fault on the way.

use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{
    Deserialize, DeserializeSeed, EnumAccess, Error as _, Expected, IntoDeserializer, MapAccess,
    SeqAccess, Unexpected, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::node::{Node, Path, Step, Value};
use crate::policy::fault::FaultCode;

/// The most faults that reading looks for.
const MOST_FAULTS: usize = 256;

/// A value that does not fit the document, and was read as if absent.
#[derive(Clone, Debug)]
pub(in crate::policy) struct Removed {
    pub(in crate::policy) code: FaultCode,
    pub(in crate::policy) path: Path,
    /// The byte where the key or the value at fault begins.
    pub(in crate::policy) at: usize,
}

/// Reads a tree. What is at fault is returned, and read as if it were absent.
pub(in crate::policy) fn read<T>(root: &mut Node) -> (Option<T>, Vec<Removed>)
where
    T: for<'de> Deserialize<'de>,
{
    let mut removed = Vec::new();
    loop {
        let flaw = match T::deserialize(Reader { node: root }) {
            Ok(value) => return (Some(value), removed),
            Err(flaw) => flaw,
        };
        let (node, whole) = root.find(&flaw.path);
        let at = if flaw.of_key { node.key_at } else { node.at };
        let (code, path) = (flaw.code, flaw.path);
        let is_root = path.steps().is_empty();
        let go_on = whole && !is_root && removed.len() < MOST_FAULTS && root.remove(&path);
        removed.push(Removed { code, path, at });
        if !go_on {
            return (None, removed);
        }
    }
}

/// The first thing that does not fit.
#[derive(Debug)]
struct Flaw {
    code: FaultCode,
    path: Path,
    of_key: bool,
}

impl Flaw {
    fn new(code: FaultCode) -> Self {
        Self {
            code,
            path: Path::default(),
            of_key: false,
        }
    }

    fn within(mut self, step: Step) -> Self {
        self.path.lead(step);
        self
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.as_str())
    }
}

impl std::error::Error for Flaw {}

impl serde::de::Error for Flaw {
    fn custom<T: fmt::Display>(_: T) -> Self {
        // What it says may quote the document.
        Self::new(FaultCode::WrongType)
    }

    fn invalid_value(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self::new(FaultCode::OutOfRange)
    }

    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        Self::new(FaultCode::UnknownValue)
    }

    fn unknown_field(_: &str, _: &'static [&'static str]) -> Self {
        Self::new(FaultCode::UnknownKey)
    }
}

struct Reader<'n> {
    node: &'n Node,
}

impl<'de> serde::Deserializer<'de> for Reader<'_> {
    type Error = Flaw;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Flaw> {
        match &self.node.value {
            Value::Null | Value::Removed => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Integer(number) => visitor.visit_i64(*number),
            Value::Float(number) => visitor.visit_f64(*number),
            Value::Text(text) => visitor.visit_str(text),
            Value::Array(nodes) => visitor.visit_seq(Sequence {
                nodes: nodes.iter(),
                read: 0,
            }),
            Value::Table(entries) => visitor.visit_map(Table {
                entries: entries.iter(),
                entry: None,
            }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Flaw> {
        match self.node.value {
            Value::Null => Err(Flaw::new(FaultCode::WrongType)),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Flaw> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Flaw> {
        match &self.node.value {
            Value::Text(text) => visitor.visit_enum(Variant { name: text }),
            _ => Err(Flaw::new(FaultCode::WrongType)),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes
        byte_buf unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

struct Sequence<'n> {
    nodes: std::slice::Iter<'n, Node>,
    /// How many that were not removed have been read.
    read: usize,
}

impl<'de> SeqAccess<'de> for Sequence<'_> {
    type Error = Flaw;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Flaw> {
        let Some(node) = self.nodes.by_ref().find(|node| !node.is_removed()) else {
            return Ok(None);
        };
        let index = self.read;
        self.read += 1;
        let value = seed.deserialize(Reader { node });
        value
            .map(Some)
            .map_err(|flaw| flaw.within(Step::Index(index)))
    }
}

struct Table<'n> {
    entries: std::slice::Iter<'n, (String, Node)>,
    entry: Option<&'n (String, Node)>,
}

impl<'de> MapAccess<'de> for Table<'_> {
    type Error = Flaw;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Flaw> {
        self.entry = self.entries.by_ref().find(|(_, node)| !node.is_removed());
        let Some((key, _)) = self.entry else {
            return Ok(None);
        };
        let name: StrDeserializer<'_, Flaw> = key.as_str().into_deserializer();
        seed.deserialize(name).map(Some).map_err(|flaw| Flaw {
            code: FaultCode::UnknownKey,
            of_key: true,
            ..flaw.within(Step::Key(key.clone()))
        })
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Flaw> {
        let Some((key, node)) = self.entry else {
            return Err(Flaw::custom("a value without a key"));
        };
        let value = seed.deserialize(Reader { node });
        value.map_err(|flaw| flaw.within(Step::Key(key.clone())))
    }
}

/// An enumeration in the document is a word.
struct Variant<'n> {
    name: &'n str,
}

impl<'de> EnumAccess<'de> for Variant<'_> {
    type Error = Flaw;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Flaw> {
        let name: StrDeserializer<'_, Flaw> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_> {
    type Error = Flaw;

    fn unit_variant(self) -> Result<(), Flaw> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, _: T) -> Result<T::Value, Flaw> {
        Err(Flaw::new(FaultCode::WrongType))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Flaw> {
        Err(Flaw::new(FaultCode::WrongType))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Flaw> {
        Err(Flaw::new(FaultCode::WrongType))
    }
}

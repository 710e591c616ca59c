//! The objects of one name, and of all names.

use cryptoki::object::{Attribute, AttributeType, ObjectClass, ObjectHandle};
use hostcrypt::store::{Kind, Name};
use zeroize::{Zeroize, Zeroizing};

use crate::{
    Error,
    error::Failure,
    held,
    label::{self, APPLICATION, Label},
    meta::{Meta, ObjectKind},
    session::TokenSession,
};

/// An object of this crate.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    pub(crate) handle: ObjectHandle,
    pub(crate) label: Vec<u8>,
    pub(crate) meta: Meta,
}

/// The objects of a name.
#[derive(Default)]
pub(crate) struct Named {
    /// The versions that are valid, by their numbers.
    pub(crate) live: Vec<Object>,
    /// Those that are invalid or were replaced, and not destroyed yet.
    pub(crate) dead: Vec<Object>,
    /// The object that keeps the issued numbers, if needed.
    pub(crate) numbers: Vec<Object>,
    /// The highest issued number.
    pub(crate) last: u64,
    /// Versions up to this one are invalid.
    pub(crate) invalid: u64,
}

impl Named {
    pub(crate) fn of(objects: impl IntoIterator<Item = Object>) -> Self {
        let mut named = Self::default();
        for object in objects {
            named.last = named.last.max(object.meta.version);
            match object.meta.kind {
                ObjectKind::Numbers { invalid } => {
                    named.invalid = named.invalid.max(invalid);
                    named.numbers.push(object);
                }
                ObjectKind::Key { .. } | ObjectKind::Bytes { .. } => named.live.push(object),
            }
        }
        // An object and its replacement may both be there.
        named.live.sort_unstable_by_key(|object| (object.meta.id, std::cmp::Reverse(object.meta.revision)));
        let mut before = None;
        named.dead.extend(named.live.extract_if(.., |object| before.replace(object.meta.id) == Some(object.meta.id)));
        let invalid = named.invalid;
        named.dead.extend(named.live.extract_if(.., |object| object.meta.version <= invalid));
        named.live.sort_unstable_by_key(|object| (object.meta.version, object.meta.id));
        named
    }

    /// The valid version of a number, or the latest.
    pub(crate) fn version(&self, version: Option<u64>) -> Option<&Object> {
        match version {
            Some(version) => self.live.iter().find(|object| object.meta.version == version),
            None => self.live.last(),
        }
    }

    /// The numbers of the valid versions, in their order.
    pub(crate) fn versions(&self) -> impl DoubleEndedIterator<Item = u64> {
        let mut numbers: Vec<u64> = self.live.iter().map(|object| object.meta.version).collect();
        numbers.dedup();
        numbers.into_iter()
    }

    /// Whether the number of an object may have been issued for another object too. That one may have ended in the
    /// meantime, so higher numbers count as well.
    pub(crate) fn is_taken(&self, object: &Object) -> bool {
        let others = self.live.iter().chain(&self.dead).chain(&self.numbers);
        others.into_iter().any(|other| other.meta.id != object.meta.id && other.meta.version >= object.meta.version)
    }

    /// Whether an object has this name.
    pub(crate) fn has(&self, object: &Object) -> bool {
        self.live.iter().chain(&self.dead).any(|other| other.meta.id == object.meta.id)
    }
}

/// The attribute with the properties of an object.
pub(crate) fn attribute(meta: &Meta) -> Attribute {
    match meta.kind {
        ObjectKind::Key { .. } => Attribute::Id(meta.to_bytes()),
        ObjectKind::Bytes { .. } | ObjectKind::Numbers { .. } => Attribute::ObjectId(meta.to_bytes()),
    }
}

/// How often the objects of a name are read again if others change them at the same time.
const READINGS: usize = 16;

/// Reads an object; `None` if it is gone, or not of this crate.
fn present(session: &TokenSession<'_>, handle: ObjectHandle) -> Result<Option<Object>, Failure> {
    match object(session, handle) {
        Err(failure) if failure.is_gone() => Ok(None),
        read => read,
    }
}

/// Reads an object; `None` if it is not of this crate.
fn object(session: &TokenSession<'_>, handle: ObjectHandle) -> Result<Option<Object>, Failure> {
    use AttributeType as Type;
    let types = [Type::Class, Type::Label, Type::Id, Type::ObjectId, Type::Application];
    let attributes = session.read(handle, &types)?;
    let (mut class, mut name, mut id, mut object_id, mut application) = (None, None, None, None, None);
    for attribute in attributes {
        match attribute {
            Attribute::Class(value) => class = Some(value),
            Attribute::Label(value) => name = Some(value),
            Attribute::Id(value) => id = Some(value),
            Attribute::ObjectId(value) => object_id = Some(value),
            Attribute::Application(value) => application = Some(value),
            _ => {}
        }
    }
    let Some(label) = name.filter(|name| name.starts_with(APPLICATION.as_bytes())) else { return Ok(None) };
    let is_data = class == Some(ObjectClass::DATA);
    if is_data && application.as_deref() != Some(APPLICATION.as_bytes()) {
        return Ok(None);
    }
    let meta = if is_data { object_id } else { id };
    let meta = meta.as_deref().and_then(Meta::read);
    // The recorded kind must match the object's class.
    let meta = meta.filter(|meta| is_data != matches!(meta.kind, ObjectKind::Key { .. }));
    Ok(meta.map(|meta| Object { handle, label, meta }))
}

/// The objects of a name.
pub(crate) fn named(session: &TokenSession<'_>, name: &Name<'_>) -> Result<Named, Failure> {
    let label = label::of(name)?;
    let mut objects = Vec::new();
    for _ in 0..READINGS {
        objects.clear();
        let mut whole = true;
        for handle in session.find(&[Attribute::Label(label.clone())])? {
            match object(session, handle) {
                Ok(Some(object)) if object.label == label => objects.push(object),
                Ok(None) => {}
                // It left its name in the meantime: another object, not found yet, may have taken its place.
                Ok(Some(_)) => whole = false,
                Err(failure) if failure.is_gone() => whole = false,
                Err(failure) => return Err(failure),
            }
        }
        if whole {
            return Ok(Named::of(objects));
        }
    }
    session.is_there()?;
    Ok(Named::of(objects))
}

/// All objects of this crate, with their labels.
pub(crate) fn all(session: &TokenSession<'_>) -> Result<Vec<(Label, Object)>, Failure> {
    let mut objects = Vec::new();
    for handle in session.find(&[])? {
        let object = present(session, handle)?;
        objects.extend(object.and_then(|object| Some((label::read(&object.label)?, object))));
    }
    // Otherwise missing objects may still exist.
    session.is_there()?;
    Ok(objects)
}

/// Finds a key by its permanent id, under any name.
pub(crate) fn key(session: &TokenSession<'_>, id: held::KeyId) -> Result<ObjectHandle, Failure> {
    for class in [ObjectClass::PRIVATE_KEY, ObjectClass::SECRET_KEY] {
        for handle in session.find(&[Attribute::Class(class)])? {
            if present(session, handle)?.is_some_and(|object| object.meta.id == id) {
                return Ok(handle);
            }
        }
    }
    session.is_there()?;
    Err(Error::KeyGone.into())
}

/// Whether an object still has its name.
pub(crate) fn has_label(session: &TokenSession<'_>, object: &Object) -> Result<bool, Failure> {
    match session.read(object.handle, &[AttributeType::Label]) {
        Err(failure) if failure.is_gone() => Ok(false),
        read => Ok(read?.contains(&Attribute::Label(object.label.clone()))),
    }
}

/// Creates a private data object.
pub(crate) fn create(
    session: &TokenSession<'_>,
    name: &Name<'_>,
    meta: &Meta,
    content: &[u8],
) -> Result<ObjectHandle, Failure> {
    let mut template = vec![
        Attribute::Class(ObjectClass::DATA),
        Attribute::Token(true),
        Attribute::Private(true),
        Attribute::Label(label::of(name)?),
        Attribute::Application(APPLICATION.into()),
        attribute(meta),
    ];
    // Not every token supports an empty value.
    if !content.is_empty() {
        template.push(Attribute::Value(content.to_vec()));
    }
    let created = session.create(&template);
    if let Some(Attribute::Value(copy)) = template.last_mut() {
        copy.zeroize();
    }
    created
}

/// The bytes in a data object.
pub(crate) fn content(session: &TokenSession<'_>, object: &Object) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let len = object.meta.content_len();
    let mut content = Zeroizing::new(Vec::new());
    if len > 0 {
        for attribute in session.read(object.handle, &[AttributeType::Value])? {
            if let Attribute::Value(value) = attribute {
                content = Zeroizing::new(value);
            }
        }
    }
    if content.len() as u64 == len { Ok(content) } else { Err(malformed(object)) }
}

pub(crate) fn malformed(object: &Object) -> Failure {
    Error::Malformed(String::from_utf8_lossy(&object.label).into_owned()).into()
}

/// Stores the numbers of a name: those up to `last` were issued, and those up to `invalid` are invalid.
pub(crate) fn keep_numbers(
    session: &TokenSession<'_>,
    name: &Name<'_>,
    named: &Named,
    last: u64,
    invalid: u64,
) -> Result<(), Failure> {
    let meta = Meta { version: last, expires: None, id: [0; 16], revision: 0, kind: ObjectKind::Numbers { invalid } };
    create(session, name, &meta, &[])?;
    named.numbers.iter().try_for_each(|object| session.destroy(object.handle))
}

/// Sets the name and the properties of an object. Tokens do not allow changes to data objects, so a new object replaces
/// such an object.
pub(crate) fn amend(
    session: &TokenSession<'_>,
    name: &Name<'_>,
    object: &Object,
    mut meta: Meta,
) -> Result<Object, Failure> {
    let mut amended = Object { handle: object.handle, label: label::of(name)?, meta: meta.clone() };
    if let ObjectKind::Key { .. } = meta.kind {
        session.update(object.handle, &[Attribute::Label(amended.label.clone()), attribute(&meta)])?;
        return Ok(amended);
    }
    meta.revision = object.meta.revision.saturating_add(1);
    amended.handle = create(session, name, &meta, &content(session, object)?)?;
    amended.meta = meta;
    match session.destroy(object.handle) {
        Ok(()) => Ok(amended),
        Err(failure) => {
            session.destroy(amended.handle)?;
            Err(failure)
        }
    }
}

/// Ends a version: destroys it, or removes its name while it is in use.
pub(crate) fn end(session: &TokenSession<'_>, object: &Object) -> Result<(), Failure> {
    let id = object.meta.id;
    if !matches!(object.meta.kind, ObjectKind::Key { .. }) {
        return session.destroy(object.handle);
    }
    let done = if held::end(id) {
        match session.update(object.handle, &[Attribute::Label(label::invalidated())]) {
            // Its last user closed and destroyed it.
            Err(failure) if failure.is_gone() => session.is_there(),
            done => return done.inspect_err(|_| held::revive(id)),
        }
    } else {
        session.destroy(object.handle)
    };
    match done {
        Ok(()) => held::forget(id),
        Err(_) => held::revive(id),
    }
    done
}

/// The counts of a name for the quotas, if they count it.
pub(crate) fn counts(kind: Kind) -> bool {
    kind != Kind::Seal
}

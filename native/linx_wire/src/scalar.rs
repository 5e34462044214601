//! Integers of a fixed width, in the host's byte order or big endian.

/// The wire format of an integer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scalar {
    /// One byte.
    U8,
    /// Two bytes.
    U16,
    /// Four bytes.
    U32,
    /// Eight bytes.
    U64,
    /// One byte, signed.
    S8,
    /// Two bytes, signed.
    S16,
    /// Four bytes, signed.
    S32,
    /// Eight bytes, signed.
    S64,
    /// Two bytes, big endian (`__be16`).
    Be16,
    /// Four bytes, big endian (`__be32`).
    Be32,
    /// Eight bytes, big endian (`__be64`).
    Be64,
    /// Two bytes, big endian, signed.
    SBe16,
    /// Four bytes, big endian, signed.
    SBe32,
    /// Eight bytes, big endian, signed.
    SBe64,
    /// Four bytes, a time in ticks of the packet scheduler; the number is in nanoseconds.
    Ticks,
}

/// Nanoseconds of a tick: `PSCHED_TICKS2NS` of `include/net/pkt_sched.h`.
const TICK: u32 = 64;

/// A decoded integer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Number {
    /// A value of an unsigned type.
    Unsigned(u64),
    /// A value of a signed type.
    Signed(i64),
}

impl From<Number> for i128 {
    fn from(number: Number) -> Self {
        match number {
            Number::Unsigned(value) => value.into(),
            Number::Signed(value) => value.into(),
        }
    }
}

impl Number {
    /// The bits of a number of this width in bytes, as an unsigned number.
    #[must_use]
    pub const fn bits(self, width: usize) -> u64 {
        match self {
            Self::Unsigned(value) => value,
            Self::Signed(value) => match width {
                0..8 => value.cast_unsigned() & ((1 << (8 * width)) - 1),
                _ => value.cast_unsigned(),
            },
        }
    }
}

impl Scalar {
    /// The width in bytes.
    #[inline]
    #[must_use]
    pub const fn width(self) -> usize {
        match self {
            Self::U8 | Self::S8 => 1,
            Self::U16 | Self::S16 | Self::Be16 | Self::SBe16 => 2,
            Self::U32 | Self::S32 | Self::Be32 | Self::SBe32 | Self::Ticks => 4,
            Self::U64 | Self::S64 | Self::Be64 | Self::SBe64 => 8,
        }
    }

    /// Its name in a `codec` block.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::U8 => "u8",
            Self::U16 => "u16",
            Self::U32 => "u32",
            Self::U64 => "u64",
            Self::S8 => "s8",
            Self::S16 => "s16",
            Self::S32 => "s32",
            Self::S64 => "s64",
            Self::Be16 => "be16",
            Self::Be32 => "be32",
            Self::Be64 => "be64",
            Self::SBe16 => "sbe16",
            Self::SBe32 => "sbe32",
            Self::SBe64 => "sbe64",
            Self::Ticks => "ticks",
        }
    }

    const ALL: [Self; 15] = [
        Self::U8,
        Self::U16,
        Self::U32,
        Self::U64,
        Self::S8,
        Self::S16,
        Self::S32,
        Self::S64,
        Self::Be16,
        Self::Be32,
        Self::Be64,
        Self::SBe16,
        Self::SBe32,
        Self::SBe64,
        Self::Ticks,
    ];

    /// The scalar of a name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scalar| scalar.name() == name)
    }

    /// Reads a number from the front of `bytes`; `None` if they are too few.
    #[inline]
    #[must_use]
    pub fn read(self, bytes: &[u8]) -> Option<Number> {
        use Number::{Signed, Unsigned};

        Some(match self {
            Self::U8 => Unsigned((*bytes.first()?).into()),
            Self::U16 => Unsigned(u16::from_ne_bytes(*bytes.first_chunk()?).into()),
            Self::U32 => Unsigned(u32::from_ne_bytes(*bytes.first_chunk()?).into()),
            Self::U64 => Unsigned(u64::from_ne_bytes(*bytes.first_chunk()?)),
            Self::S8 => Signed(i8::from_ne_bytes(*bytes.first_chunk()?).into()),
            Self::S16 => Signed(i16::from_ne_bytes(*bytes.first_chunk()?).into()),
            Self::S32 => Signed(i32::from_ne_bytes(*bytes.first_chunk()?).into()),
            Self::S64 => Signed(i64::from_ne_bytes(*bytes.first_chunk()?)),
            Self::Be16 => Unsigned(u16::from_be_bytes(*bytes.first_chunk()?).into()),
            Self::Be32 => Unsigned(u32::from_be_bytes(*bytes.first_chunk()?).into()),
            Self::Be64 => Unsigned(u64::from_be_bytes(*bytes.first_chunk()?)),
            Self::SBe16 => Signed(i16::from_be_bytes(*bytes.first_chunk()?).into()),
            Self::SBe32 => Signed(i32::from_be_bytes(*bytes.first_chunk()?).into()),
            Self::SBe64 => Signed(i64::from_be_bytes(*bytes.first_chunk()?)),
            Self::Ticks => {
                let ticks = u32::from_ne_bytes(*bytes.first_chunk()?);
                Unsigned(u64::from(ticks) * u64::from(TICK))
            }
        })
    }

    /// Appends `value`; appends nothing and returns `None` if it does not fit.
    #[must_use]
    pub fn write(self, out: &mut Vec<u8>, value: i128) -> Option<()> {
        match self {
            Self::U8 => out.push(value.try_into().ok()?),
            Self::U16 => out.extend_from_slice(&u16::try_from(value).ok()?.to_ne_bytes()),
            Self::U32 => out.extend_from_slice(&u32::try_from(value).ok()?.to_ne_bytes()),
            Self::U64 => out.extend_from_slice(&u64::try_from(value).ok()?.to_ne_bytes()),
            Self::S8 => out.extend_from_slice(&i8::try_from(value).ok()?.to_ne_bytes()),
            Self::S16 => out.extend_from_slice(&i16::try_from(value).ok()?.to_ne_bytes()),
            Self::S32 => out.extend_from_slice(&i32::try_from(value).ok()?.to_ne_bytes()),
            Self::S64 => out.extend_from_slice(&i64::try_from(value).ok()?.to_ne_bytes()),
            Self::Be16 => out.extend_from_slice(&u16::try_from(value).ok()?.to_be_bytes()),
            Self::Be32 => out.extend_from_slice(&u32::try_from(value).ok()?.to_be_bytes()),
            Self::Be64 => out.extend_from_slice(&u64::try_from(value).ok()?.to_be_bytes()),
            Self::SBe16 => out.extend_from_slice(&i16::try_from(value).ok()?.to_be_bytes()),
            Self::SBe32 => out.extend_from_slice(&i32::try_from(value).ok()?.to_be_bytes()),
            Self::SBe64 => out.extend_from_slice(&i64::try_from(value).ok()?.to_be_bytes()),
            Self::Ticks => {
                let ticks = value.div_euclid(TICK.into());
                out.extend_from_slice(&u32::try_from(ticks).ok()?.to_ne_bytes());
            }
        }
        Some(())
    }
}

defmodule Linx.Netlink.Codec do
  @moduledoc """
  Describes a struct and its bytes in one block: a C header, then attributes.

  Kernel side: what follows `struct nlmsghdr` in a message, and what a nested
  `struct nlattr` of `include/uapi/linux/netlink.h` holds.

      defmodule Neighbour do
        use Linx.Netlink.Codec

        codec do
          header do
            field :family, :u8
            pad 3
            field :ifindex, :s32
            field :state, {:flags, :u16, reachable: 0x02, stale: 0x04, permanent: 0x80}
            field :flags, :u8
            field :type, :u8
          end

          attr 1, :dst, Linx.IP
          attr 2, :lladdr, Linx.LinkAddress
        end
      end

      Neighbour.decode(Neighbour.encode(%Neighbour{ifindex: 3, state: [:permanent]}))

  The module gets the struct (header fields default to `0`, attributes to
  `nil`), the type `t`, `encode/1` and `decode/1`. Bytes and structs are
  converted natively, from a table that is loaded at first use.

  What a newer or a faulty kernel sends does not fail a `decode/1`: attributes
  without a row are skipped, a body or a payload that is too short gives `nil`,
  and of several attributes with one id the first counts. Only lengths that
  contradict the bytes around them raise.

  ## The block

      header do … end           # at most once: the C struct in front, if there is one
        field NAME, FIXED       #   in the order of the C struct
        pad BYTES               #   nothing is aligned by itself
      attr ID, NAME, TYPE       # in the order they are written in
      group NAME, MODULE        # attributes of this level, kept in a struct of their own
      unknown NAME              # keep attributes without a row

  `NAME` is an atom. `ID` is the attribute's number; with `0x8000` added, the
  attribute is written with `NLA_F_NESTED`. Ids are compared without flag bits.

  `FIXED` is

  | type | value |
  |---|---|
  | `:u8` `:u16` `:u32` `:u64` | an unsigned integer, host byte order |
  | `:s8` `:s16` `:s32` `:s64` | a signed integer, host byte order |
  | `:be16` `:be32` `:be64` | an unsigned integer, big endian (`__be16`, …) |
  | `{:enum, scalar, names}` | the name of the integer, or the integer if it has none |
  | `{:flags, scalar, names}` | the list of the names of the bits that are set, and one integer of those without name |
  | `{:binary, size}` | a binary of so many bytes, in a header only |

  `names` is a keyword list of integers: values of an enum, bit masks of flags. Each has one
  name that is read; another that can be written stands for it by name, as in
  `[ip: 2, ipv4: :ip]`.
  Writing takes names and integers, for flags also a plain integer. The default
  of a header field is the integer `0` even where `0` has a name; that of a binary
  is `nil`, which is written as zeros.

  `TYPE` is a `FIXED` or

  | type | value |
  |---|---|
  | `:string` | a string, written with one NUL; NULs at the end are dropped |
  | `:binary` | the payload |
  | `:flag` | `true` if the attribute is there |
  | `:uint` `:sint` | an integer of 4 or 8 bytes, as short as its value allows |
  | `:bitfield32` | `{value, selector}` |
  | `MODULE` | what the module's `decode/1` makes of the payload |
  | `{:nested, MODULE}` | the same, written with `NLA_F_NESTED` |
  | `{:dispatch, FIELD, %{key => type}}` | one type or another, by the value of a field declared before |
  | `{:array, type}` | a list: a nest whose attributes are the elements, written with ids 1, 2, 3, … |
  | `{:array, type, id}` | the same, all written with one id |
  | `{:repeated, type}` | a list: the attribute may occur many times |
  | `{:packed, scalar_or_module}` | a list: integers or headers back to back |
  | `{:chain, MODULE}` | a list: entries that begin with their length, like `struct rtnexthop` |

  A dispatched attribute whose key has no entry is kept as its raw payload;
  writing it raises `ArgumentError`. Its table may be in an attribute of the
  module, where several codecs share one.

  `MODULE` is another module with a `codec` block, `Linx.IP`, `Linx.MAC`,
  `Linx.LinkAddress`, or any module with an `encode/1` that gives the payload and
  a `decode/1` that takes it. `Linx.IP` is 4 or 16 bytes, `Linx.MAC` 6, and
  `Linx.LinkAddress` 1 to 32, which read as a `Linx.MAC` where they are 6; other
  lengths read as `nil`. Naming a module creates no compile-time dependency, so modules may refer
  to each other in a circle.

  A group is `nil` if none of its attributes is there. Its module has
  attributes only.

  A row that ends in `volatile: true`, of `attr` or `field`, is a counter, an age, a timer or
  a remaining time: it changes without anybody changing the object. `comparable/1` leaves it
  out.

      attr 22, :forward_delay_timer, :u64, volatile: true

  `unknown` holds `[{type, payload}]` in the order of the wire, `type` with its
  flag bits; they are written after everything else. Without it, attributes
  that have no row are dropped.

  ## Errors

  `encode/1` raises `ArgumentError` for a value that does not fit its type, and
  says which module and field it is; `decode/1` for inconsistent lengths and
  for nesting deeper than 32 levels. A struct of another module, and anything
  but a binary to `decode/1`, is a `FunctionClauseError`. A mistake in the
  block is a `CompileError` with its line: an id, a name or a value that is there twice or
  does not fit, a dispatch on a field that comes later or never has the key, what is no type.
  A plain atom that looks like a type, such as `:u33`, is no module unless there is one of
  that name.
  """

  alias Linx.Netlink.Codec.{Block, Check, Comparable}

  @doc """
  The form of a struct in which two states of one object can be compared: `nil` in the place
  of every counter, age, timer and remaining time, at any depth.

      Codec.comparable(link) == Codec.comparable(later)

  Which these are is declared by `volatile: true`, above. Takes and returns any term: structs
  of codec modules, lists and maps are descended into, everything else is as it is.
  """
  @spec comparable(term()) :: term()
  def comparable(term), do: Comparable.of(term)

  @doc false
  defmacro __using__(_opts) do
    quote do
      import Linx.Netlink.Codec, only: [codec: 1]
    end
  end

  @doc """
  Declares the struct of the calling module and its bytes.

  The block is described in the module's documentation. At most one per module.
  """
  defmacro codec(do: block) do
    parsed = Block.parse(block, __CALLER__)

    quote do
      @linx_codec unquote(Check).check!(
                    unquote(parsed.schema),
                    unquote(Macro.escape(parsed.lines)),
                    __ENV__
                  )
      @linx_codec_digest :erlang.phash2(@linx_codec, 0x100000000)

      defstruct unquote(Macro.escape(parsed.fields))

      @typedoc "The struct, as its `codec` block declares it."
      @type t :: %__MODULE__{unquote_splicing(parsed.types)}

      @doc """
      Encodes the struct to bytes: its header, if it has one, and each attribute that is not `nil`.

      Raises `ArgumentError` if a value does not fit its type.
      """
      @spec encode(t()) :: binary()
      def encode(%__MODULE__{} = struct), do: Linx.Netlink.Codec.Engine.encode(__MODULE__, struct)

      @doc """
      Decodes bytes to the struct.

      Raises `ArgumentError` if an attribute's length contradicts the bytes around it.
      """
      @spec decode(binary()) :: t()
      def decode(binary) when is_binary(binary),
        do: Linx.Netlink.Codec.Engine.decode(__MODULE__, binary)

      @doc false
      @spec __codec__() :: map()
      def __codec__, do: @linx_codec

      @linx_codec_comparable unquote(Comparable).plan(@linx_codec)

      @doc false
      @spec __codec__(:digest) :: non_neg_integer()
      @spec __codec__(:comparable) :: unquote(Comparable).plan()
      def __codec__(:digest), do: @linx_codec_digest
      def __codec__(:comparable), do: @linx_codec_comparable
    end
  end
end

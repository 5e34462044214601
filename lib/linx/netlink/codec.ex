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
  converted natively, by a schema that is made at first use.

  Input of a newer or a faulty kernel does not fail a `decode/1`: attributes
  without a row are skipped, a body or a payload that is too short gives `nil`,
  and of several attributes with one id the first counts. Only a length that
  contradicts the bytes around it raises.

  ## The block

      header do … end           # at most once: the C struct in front, if there is one
        field NAME, FIXED       #   in the order of the C struct
        pad BYTES               #   nothing is aligned by itself
        embed NAME, MODULE      #   the header of another codec module: NAME_FIELD, …
        embed MODULE            #   the same, with the names of its fields
      header MODULE             # or: the header of another codec module
      attr ID, NAME, TYPE       # in the order in which attributes are written
      include MODULE            # the attributes and groups of another codec module
      group NAME, MODULE        # attributes of this level, in a struct of their own
      unknown NAME              # attributes without a row

  `NAME` is an atom. `ID` is the attribute's number; with `0x8000` added, the
  attribute is written with `NLA_F_NESTED`. Ids are compared without flag bits.

  `FIXED` is

  | type | value |
  |---|---|
  | `:u8` `:u16` `:u32` `:u64` | an unsigned integer, host byte order |
  | `:s8` `:s16` `:s32` `:s64` | a signed integer, host byte order |
  | `:be16` `:be32` `:be64` | an unsigned integer, big endian (`__be16`, …) |
  | `:sbe16` `:sbe32` `:sbe64` | a signed integer, big endian |
  | `:ticks` | a time in nanoseconds, in 4 bytes with ticks of the packet scheduler, 64 ns each; written rounded down |
  | `{:enum, scalar, names}` | the name of the integer, or the integer if it has none |
  | `{:bool, scalar}` | `false` for 0, `true` for 1, any other number as an integer |
  | `{:flags, scalar, names}` | the list of the names of the bits that are set, and one integer of the bits without name |
  | `{:binary, size}` | a binary of `size` bytes |

  `names` is a keyword list of integers: values of an enum, bit masks of flags. Each integer has
  one name that is read. A second name of an enum's value, which can be written, refers to the
  first: `[ip: 2, ipv4: :ip]`.
  Names and integers can be written, for flags also a plain integer. The default
  of a header field is the integer `0` even where `0` has a name; that of a binary
  in a header is `nil`, which is written as zeros. With `header "struct NAME", default: nil do`, it is `nil`
  for every field: one that is not in a body of an older kernel stays `nil`.

  `TYPE` is a `FIXED` or

  | type | value |
  |---|---|
  | `:string` | a string, written with one NUL; NULs at the end are dropped |
  | `:binary` | the payload |
  | `:flag` | `true` if the attribute is there |
  | `:uint` `:sint` | an integer of 4 or 8 bytes, as short as its value allows |
  | `{:enum, :uint, names}` `{:flags, :uint, names}` | as of a scalar, in 4 or 8 bytes; `:sint` too |
  | `:bitfield32` | `{value, selector}` |
  | `:sockaddr` | `{ip, port}` of a `struct sockaddr_in` or `sockaddr_in6`, `{ip, port, scope_id}` where that is not 0; the payload for another family |
  | `:packet_hw` | `Linx.MAC` or `Linx.LinkAddress` of a `struct nfulnl_msg_packet_hw`, 1 to 8 bytes after their length |
  | `MODULE` | the value that the module's `decode/1` makes of the payload |
  | `{:nested, MODULE}` | the same value, written with `NLA_F_NESTED` |
  | `{:attributes, MODULE}` | a struct of the module: a nest of its attributes without the header, which is not written and reads as its defaults |
  | `{:dispatch, FIELD, table}` | a value of one of several types, by the value of a field declared before: `table` is a map of values to types, or a module |
  | `{:dispatch, {:outer, FIELD}, table}` | by the field `FIELD` of the nearest enclosing codec module that has one; without one a binary, which is not encoded |
  | `{:array, type}` | a list: a nest whose attributes are the elements, written with ids 1, 2, 3, … |
  | `{:array, type, id}` | a list: a nest whose attributes are the elements, written with one id |
  | `{:indexed, type}` | a list of `{number, value}`: a nest whose attributes are the elements, with their ids |
  | `{:patterns, id, prefix}` | a list of strings: a nest of names, and of prefixes with the id `prefix`, which end in `*` as values |
  | `{:repeated, type}` | a list: the attribute may occur many times |
  | `{:packed, FIXED}` `{:packed, MODULE}` | a list: values of a fixed width, or headers, back to back |
  | `{:chain, MODULE}` | a list: entries that begin with their length, like `struct rtnexthop` |

  A dispatched attribute whose key has no entry is kept as its raw payload;
  writing it raises `ArgumentError`. The table of several codecs may be in a module of its own:
  see `Linx.Netlink.Codec.Table`.

  `MODULE` is another module with a `codec` block, `Linx.IP`, `Linx.MAC`,
  `Linx.LinkAddress`, or any module with an `encode/1` that gives the payload and
  a `decode/1` that takes it. `Linx.IP` is 4 or 16 bytes, `Linx.MAC` 6, and
  `Linx.LinkAddress` 1 to 32, which read as a `Linx.MAC` where they are 6; other
  lengths read as `nil`. A module in a type creates no compile-time dependency, so modules may
  refer to each other in a circle.

  A group is `nil` if none of its attributes is there. Its module has
  attributes only.

  `unknown` holds `[{type, payload}]` in the order of the wire, `type` with its
  flag bits; they are written after everything else. Without it, attributes
  that have no row are dropped.

  ## The kernel's names, and descriptions

  A row may end in a description of one line, with the unit of the value, and in options. The
  documentation of the type `t` is a table of the rows.

      codec prefix: "IFLA_" do
        header "struct ifinfomsg", prefix: "ifi_" do
          field :family, :u8
          pad 1
          field :type, :u16, "hardware type, ARPHRD_*"
          …
        end

        attr 3, :name, :string, c: "IFLA_IFNAME"
        attr 4, :mtu, :u32, "largest packet, bytes"
        attr 16, :operstate, {:enum, :u8, @operstates}, "RFC 2863 state", values: "IF_OPER_"
        attr 22, :forward_delay_timer, :u64, "time left, 1/100 s", volatile: true
      end

  The kernel's name of an attribute is the block's prefix and the row's name in upper case, that
  of a header's field the header's prefix and the row's name. Nothing but documentation and tests
  reads these names.

  | option | meaning |
  |---|---|
  | `c: "IFLA_IFNAME"` | the kernel's name where it is another; `nil` where it has none. A field that is a part of a C member has `{member, offset, size}` |
  | `values: "NUD_"` | the prefix of the names of an enum's or flags' values |
  | `element: "IFLA_VF_INFO"` | the name of the id of an array's elements |
  | `keys: %{7 => "AF_BRIDGE"}` | the names of the keys of a dispatch by number |
  | `as: TYPE` | the type that the documentation has for the value, where a function of the module makes it of the decoded one, or the row's own type is a hidden module |
  | `secret: true` | a key or a password: not shown in errors, and a `Linx.Netlink.Message` of the module, or of one that holds it, does not show its bytes |
  | `volatile: true` | a counter, an age, a timer or a remaining time: it changes while the object stays the same. `comparable/1` leaves it out |

  `values` is also `{prefix, [name: "OTHER_NAME"]}` with exceptions, `{:bit, prefix}` where the
  kernel names the number of a bit, `{:be16, prefix}` where it names the value in network order,
  and `{:kernel, file}` where the names are in that file of the kernel's source, and in no header
  for programs.

  ## Sharing

  `header MODULE` and `include MODULE` take the rows of another codec module, declared once. They
  are flat fields of the struct, with the kernel's names of the module that declares them, as if
  they were written in that place. The module is compiled first.

      defmodule Nfgenmsg do
        use Linx.Netlink.Codec

        codec do
          header "struct nfgenmsg" do
            field :family, :u8, c: "nfgen_family"
            pad 1
            field :res_id, :be16
          end
        end
      end

      codec prefix: "NFTA_TABLE_" do
        header Nfgenmsg, as: [res_id: nil]
        attr 1, :name, :string
        …
      end

  A struct that another module defines takes the values with `codec into: struct do`: the rows are fields
  of it, and its other fields keep the values that they have in `struct`. The rows have native types.

      defmodule AllowedIp do
        use Linx.Netlink.Codec

        codec prefix: "WGALLOWEDIP_A_", into: %Linx.IP.Subnet{address: nil, prefix: nil} do
          attr 2, :address, Linx.IP, c: "WGALLOWEDIP_A_IPADDR"
          attr 3, :prefix, :u8, c: "WGALLOWEDIP_A_CIDR_MASK"
        end
      end

  `header MODULE, as: [res_id: :group]` gives fields other names, and `as: [res_id: nil]` makes a
  field padding.

  ## Errors

  `encode/1` raises `ArgumentError` for a value that does not fit its type, with the module and
  the field; `decode/1` for inconsistent lengths and
  for nesting deeper than 32 levels. A struct of another module, and anything
  but a binary to `decode/1`, is a `FunctionClauseError`. A mistake in the
  block is a `CompileError` with its line: an id, a name or a value that occurs twice or
  does not fit, also by a header or rows of another module; a dispatch on a field that comes later
  or never has the key; an unknown type or option.
  A plain atom that looks like a type, such as `:u33`, is taken for a module only if there is one
  of that name.
  """

  alias Linx.Netlink.Codec.{Block, Cache, Comparable, Definition, Doc, Secret, Table}

  @doc """
  The form of a struct in which two states of one object can be compared: `nil` in the place
  of every counter, age, timer and remaining time, at any depth.

      Codec.comparable(link) == Codec.comparable(later)

  Rows with `volatile: true` declare these fields. Takes and returns any term: structs of codec
  modules, lists and maps are descended into, every other term is returned as it is.
  """
  @spec comparable(term()) :: term()
  def comparable(term), do: Comparable.of(term)

  @doc false
  # Whether a body that the module encodes may hold a secret.
  @spec secret?(module() | nil) :: boolean()
  def secret?(module), do: Secret.in?(module)

  @doc false
  defmacro __using__(_opts) do
    quote do
      import Linx.Netlink.Codec, only: [codec: 1, codec: 2]
    end
  end

  @doc """
  Declares the struct of the calling module and its bytes.

  The module's documentation describes the block. At most one per module. The option `:prefix`
  is the prefix of the kernel's names of the attributes; `:into` a struct of another module that takes
  the values in place of one of this module.
  """
  defmacro codec(opts \\ [], do: block) do
    declarations = Block.declarations(block, __CALLER__)

    quote do
      @linx_codec_definition unquote(Definition).new(
                               unquote(opts),
                               unquote(declarations),
                               __ENV__
                             )
      @linx_codec unquote(Definition).codec(@linx_codec_definition)
      @linx_codec_digest :erlang.phash2({@linx_codec, @linx_codec_definition.into}, 0x100000000)
      @linx_codec_tables unquote(Definition).tables(@linx_codec_definition)
      @linx_codec_comparable unquote(Comparable).plan(@linx_codec)
      @linx_codec_struct unquote(Definition).struct(@linx_codec_definition)
      @before_compile unquote(Cache)

      if @linx_codec_struct == __MODULE__ do
        defstruct unquote(Definition).defaults(@linx_codec_definition)
      else
        @doc false
        @linx_codec_into @linx_codec_definition.into
        def __struct__, do: @linx_codec_into
      end

      @typedoc unquote(Doc).struct(@linx_codec_definition)
      unquote(type())
      unquote(functions())
    end
  end

  # The type is evaluated in the module's body.
  defp type do
    quote unquote: false do
      @type t :: unquote(Linx.Netlink.Codec.Definition.spec(@linx_codec_definition))
    end
  end

  defp functions do
    quote do
      @doc """
      Encodes the struct to bytes: its header, if it has one, and each attribute that is not `nil`.

      Raises `ArgumentError` if a value does not fit its type.
      """
      @spec encode(t()) :: binary()
      def encode(%{__struct__: @linx_codec_struct} = struct),
        do: Linx.Netlink.Codec.Engine.encode(__MODULE__, struct)

      @doc """
      Decodes bytes to the struct.

      Raises `ArgumentError` if an attribute's length contradicts the bytes around it.
      """
      @spec decode(binary()) :: t()
      def decode(binary) when is_binary(binary),
        do: Linx.Netlink.Codec.Engine.decode(__MODULE__, binary)

      @doc false
      @spec __codec__() :: map()
      if @linx_codec_tables == [] do
        def __codec__, do: @linx_codec
      else
        def __codec__, do: unquote(Table).fill(@linx_codec)
      end

      @doc false
      @spec __codec__(:digest) :: non_neg_integer()
      @spec __codec__(:comparable) :: unquote(Comparable).plan()
      @spec __codec__(:definition) :: unquote(Definition).t()
      @spec __codec__(:tables) :: [module()]
      def __codec__(:digest), do: @linx_codec_digest
      def __codec__(:comparable), do: @linx_codec_comparable
      def __codec__(:definition), do: @linx_codec_definition
      def __codec__(:tables), do: @linx_codec_tables
    end
  end
end

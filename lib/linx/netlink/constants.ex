defmodule Linx.Netlink.Constants do
  @moduledoc """
  Numbers that every netlink family shares.

  Kernel side: the `NLM_F_*`, `NLMSG_*` and `NLA_*` defines of
  `include/uapi/linux/netlink.h`.

  Each is a macro without arguments that becomes an integer literal, so it
  works in expressions, guards and patterns alike:

      import Linx.Netlink.Constants

      case message do
        %{type: nlmsg_error()} -> :refused
        %{flags: flags} when band(flags, nlm_f_multi()) != 0 -> :more
      end

  One bit means different things in different requests: `0x100` is
  `nlm_f_root/0` when reading and `nlm_f_replace/0` when writing.

  The numbers of a family (`RTM_*`, `IFLA_*`, …) are with its module.
  """

  constants = [
    # Flags of any message.
    nlm_f_request: {0x01, "A request; every message to the kernel is one."},
    nlm_f_multi: {0x02, "Part of a reply of several messages, which `nlmsg_done/0` ends."},
    nlm_f_ack: {0x04, "Asks for an acknowledgement."},
    nlm_f_echo: {0x08, "Asks for a copy of the notification that the request causes."},
    nlm_f_dump_intr: {0x10, "The dump changed while it was taken and is inconsistent."},
    # Flags of requests that read.
    nlm_f_root: {0x100, "Requests the whole table."},
    nlm_f_match: {0x200, "Asks for all entries that match."},
    nlm_f_atomic: {0x400, "Asks for an atomic snapshot; hardly any family knows it."},
    nlm_f_dump: {0x300, "Asks for a dump: `nlm_f_root/0` and `nlm_f_match/0`."},
    # Flags of requests that create.
    nlm_f_replace: {0x100, "Replaces an existing object."},
    nlm_f_excl: {0x200, "Fails with `EEXIST` if it is there."},
    nlm_f_create: {0x400, "Creates it if it is not there."},
    nlm_f_append: {0x800, "Adds to the end of a list."},
    # Types below `nlmsg_min_type` are netlink's own.
    nlmsg_noop: {1, "A message without meaning."},
    nlmsg_error: {2, "An error, or with the number 0 an acknowledgement."},
    nlmsg_done: {3, "The end of a reply of several messages."},
    nlmsg_overrun: {4, "Data was lost."},
    nlmsg_min_type: {0x10, "The first type that belongs to a family."},
    # Bits of an attribute's type.
    nla_f_nested: {0x8000, "The payload of the attribute is attributes."},
    nla_f_net_byteorder: {0x4000, "The payload of the attribute is big endian."},
    nla_type_mask: {0x3FFF, "The bits of an attribute's type that are its number."}
  ]

  for {name, {value, text}} <- constants do
    @doc "#{text} `0x#{Integer.to_string(value, 16)}`."
    @spec unquote(name)() :: Macro.t()
    defmacro unquote(name)(), do: unquote(value)
  end
end

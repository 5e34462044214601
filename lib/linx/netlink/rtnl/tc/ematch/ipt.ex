defmodule Linx.Netlink.Rtnl.Tc.Ematch.Ipt do
  @moduledoc false
  # Test by a match of iptables. The kernel has the matches policy, of revision 0 and in the place 0
  # (NF_INET_PRE_ROUTING) alone, and addrtype, of revision 1.

  use Linx.Netlink.Codec

  alias Linx.Netlink.Options

  @families [inet: 2, inet6: 10]

  codec prefix: "TCA_EM_IPT_" do
    attr 1, :hook, :u32, "place of the match, NF_INET_*"
    attr 2, :match_name, :string, "name of the match"
    attr 3, :match_revision, :u8, "revision of the match"

    attr 4, :nfproto, {:enum, :u8, @families}, "family",
      values: {"NFPROTO_", inet: "NFPROTO_IPV4", inet6: "NFPROTO_IPV6"}

    attr 5, :match_data, :binary, "struct of the match"
  end

  @table [
    family: {{:choice, @families}, "", required: true},
    data: {{:check, &__MODULE__.cast_data/1}, "", required: true},
    hook: 0..4,
    revision: 0..0xFF
  ]

  @doc "The data of a test."
  @spec write(term(), term()) :: {:ok, binary()} | :error
  def write(name, opts) do
    with {:ok, <<_, _::binary>> = name} <- Options.Type.check({:string, 28}, :ipt, name),
         {:ok, given} <- Options.cast(@table, opts) do
      {:ok,
       encode(%__MODULE__{
         hook: given[:hook] || 0,
         match_name: name,
         match_revision: given[:revision] || 0,
         nfproto: given.family,
         match_data: given.data
       })}
    else
      _ -> :error
    end
  end

  @doc false
  def cast_data(data) when is_binary(data) and byte_size(data) in 1..4096, do: {:ok, data}
  def cast_data(_other), do: :error

  @doc "The name of the match and its options; `nil` for data of another form."
  @spec read(binary()) :: {String.t(), keyword()} | nil
  def read(bytes) do
    case decode(bytes) do
      %{match_name: name, match_data: <<_, _::binary>> = data} = ipt when name != nil ->
        {name,
         [family: ipt.nfproto, hook: ipt.hook, revision: ipt.match_revision || 0, data: data]}

      _ ->
        nil
    end
  rescue
    ArgumentError -> nil
  end
end

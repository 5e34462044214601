defmodule Linx.Test.GenericInput do
  @moduledoc false
  # Modules with requests of generic netlink, and valid arguments of their functions, for
  # `Linx.Test.Input`.

  import Bitwise, only: [<<<: 2]

  alias Linx.Netlink.Generic
  alias Linx.Netlink.Generic.{Controller, Devlink, Ethtool, Mptcp, Nl80211, Ovpn, Team}

  @prefix "Elixir.Linx.Netlink.Generic"

  @doc "The modules that have a documented function with a target."
  @spec modules() :: [module()]
  def modules do
    {:ok, modules} = :application.get_key(:linx, :modules)

    for module <- modules,
        String.starts_with?(Atom.to_string(module), @prefix),
        {:docs_v1, _, _, _, doc, _, docs} when doc != :hidden <- [Code.fetch_docs(module)],
        Enum.any?(docs, &verb?/1),
        do: module
  end

  @doc "Whether a module is one of `modules/0`."
  @spec module?(module()) :: boolean()
  def module?(module), do: String.starts_with?(Atom.to_string(module), @prefix)

  defp verb?({{:function, _, _}, _, [signature], doc, _}),
    do: doc != :hidden and signature =~ ~r/^\w+\(target\b/

  defp verb?(_other), do: false

  @doc "A valid value of a parameter, and the values of wrong types that are valid as well."
  @spec good(String.t(), module(), atom()) :: {term(), [term()] | :any}
  def good("target", _, _), do: {:sock, [:junk]}
  def good("netns", _, _), do: {{:path, "/nowhere"}, []}
  def good("family", _, _), do: {Controller, []}
  def good("command", _, _), do: {:getfamily, []}
  def good(body, _, _) when body in ["query", "body"], do: {%Generic.Family.Body{}, [nil]}
  def good("topic", Ethtool, _), do: {:features, []}
  # Reading a string set needs no link.
  def good("link", _, _), do: {"lo", []}
  def good("device", _, _), do: {"netdevsim/netdevsim1", []}
  def good("port", Generic.Fou, _), do: {5555, []}
  def good("port", _, _), do: {"netdevsim/netdevsim1/0", []}
  def good("count", _, _), do: {2, []}
  def good("name", _, _), do: {"x", [<<>>]}
  def good("file_name", _, _), do: {"x", []}
  def good("folder", _, _), do: {"/", []}
  def good("value", Team, _), do: {true, :any}
  def good(id, _, _) when id in ["conn_id", "session_id", "context", "pid", "tgid"], do: {1, []}
  def good("token", _, _), do: {1, []}
  def good("id", _, _), do: {1, []}
  def good("an", _, _), do: {1, []}
  def good("sci", _, _), do: {1, []}
  def good("offload", _, _), do: {:off, []}
  def good("slot", Ovpn, _), do: {:primary, []}
  def good(ip, _, _) when ip in ["address", "source", "local", "remote"], do: {"10.0.0.9", []}
  def good("type", Nl80211, _), do: {:station, []}
  def good("type", _, _), do: {:rx, []}
  def good("wiphy", _, _), do: {0, [1 <<< 70, :junk]}
  def good("ssid", _, _), do: {"x", ["a\0b"]}
  def good("mesh_id", _, _), do: {"x", ["a\0b"]}
  def good("mhz", _, _), do: {2412, []}
  def good("mac", _, _), do: {"02:00:00:00:00:09", []}
  def good("on", _, _), do: {true, []}
  def good("power", _, _), do: {:auto, []}
  def good("country", _, _), do: {"DE", []}
  # Functions that only read a struct or a value.
  def good("switches", _, _), do: {[], :any}
  def good(_, Ethtool.Bits, _), do: {[], :any}
  def good("index", Ethtool.Dev, _), do: {1, []}
  def good("devlink", _, _), do: {%Devlink{}, []}
  def good("param", module, _), do: {module.__struct__(), []}
  def good("endpoint", Mptcp.Endpoint, _), do: {%Mptcp.Endpoint{}, []}
  def good(name, module, _) when name in ["entry", "tcp_metrics"], do: {module.__struct__(), []}

  @doc "Options whose absence is an error that precedes the expected one."
  @spec required(module(), atom()) :: keyword()
  def required(Ovpn, :add_peer), do: [socket: 0]

  def required(Ovpn, :add_key) do
    [slot: :primary, key_id: 0, cipher_alg: :aes_gcm] ++
      [encrypt_key: <<0::128>>, encrypt_nonce: <<0::64>>] ++
      [decrypt_key: <<0::128>>, decrypt_nonce: <<0::64>>]
  end

  def required(Devlink.Port, :create), do: [flavour: :pci_sf, pci_pf_number: 0]
  def required(Devlink.Param, :set), do: [cmode: :runtime, value: 1, type: :u8]
  def required(Devlink.Resource, :set), do: [size: 1]

  def required(Generic.L2tp, :create_tunnel),
    do: [peer_conn_id: 2, local: "10.0.0.1", remote: "10.0.0.2"]

  def required(Generic.L2tp, :create_session), do: [peer_session_id: 2]
  def required(_module, _function), do: []
end

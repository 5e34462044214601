defmodule Linx.Netlink.Rtnl.Tc.Action.Verb do
  @moduledoc false
  # What an action does, where `tc` has a word for each: one option of several, and the options that go with it.

  alias Linx.Netlink.Options

  @doc """
  The verb that is given, of a keyword list of verbs with the options of each. An option of another verb is a bad
  option; without a verb the first one is missing.
  """
  @spec one(%{atom() => term()}, keyword([atom()])) :: {:ok, atom()} | {:error, Options.reason()}
  def one(given, verbs) do
    names = Keyword.keys(verbs)

    case Enum.find(names, &(Map.get(given, &1, false) != false)) do
      nil -> {:error, {:missing_option, hd(names)}}
      verb -> only(given, verb, [verb | verbs[verb]], names)
    end
  end

  defp only(given, verb, keys, names) do
    other? = fn {key, value} -> key not in keys and not (value == false and key in names) end

    # The order of a map depends on the release of OTP.
    case given |> Enum.sort() |> Enum.find(other?) do
      nil -> {:ok, verb}
      {key, value} -> {:error, {:bad_option, key, value}}
    end
  end

  @doc "Whether the options with these keys are given."
  @spec required(%{atom() => term()}, [atom()]) :: :ok | {:error, Options.reason()}
  def required(given, keys) do
    case Enum.find(keys, &(not is_map_key(given, &1))) do
      nil -> :ok
      key -> {:error, {:missing_option, key}}
    end
  end
end

defmodule Linx.Netlink.Resource.Verbs do
  @moduledoc false
  # Requests that write or delete an object of any resource, by its descriptor.

  import Bitwise, only: [|||: 2]

  import Linx.Netlink.Constants,
    only: [nlm_f_append: 0, nlm_f_create: 0, nlm_f_excl: 0, nlm_f_replace: 0]

  alias Linx.Netlink.{Error, Request}

  @type result :: :ok | {:error, Request.error()}

  @doc "Creates an object; `EEXIST` if it exists."
  @spec create(Request.target(), struct()) :: result()
  def create(sock, object), do: write(sock, object, nlm_f_create() ||| nlm_f_excl())

  @doc "Creates an object, whatever the kernel takes for the same."
  @spec force(Request.target(), struct()) :: result()
  def force(sock, object), do: write(sock, object, nlm_f_create())

  @doc "Creates or overwrites an object."
  @spec replace(Request.target(), struct()) :: result()
  def replace(sock, object), do: write(sock, object, nlm_f_create() ||| nlm_f_replace())

  @doc "Creates an object behind others with the same key."
  @spec append(Request.target(), struct()) :: result()
  def append(sock, object), do: write(sock, object, nlm_f_create() ||| nlm_f_append())

  @doc "Sends an object with flags of the message header."
  @spec write(Request.target(), struct(), non_neg_integer()) :: result()
  def write(sock, %module{} = object, flags) do
    %{messages: %{new: type}} = module.__resource__()
    answer(Request.run(sock, type, flags, object))
  end

  @doc "Deletes an object; one that does not exist any more counts as deleted."
  @spec delete(Request.target(), struct()) :: result()
  def delete(sock, %module{} = object) do
    %{messages: %{del: type}, identity: identity, gone: gone} = module.__resource__()

    case Request.run(sock, type, 0, identity.(object)) do
      {:error, %Error{errno: errno} = error} -> if errno in gone, do: :ok, else: {:error, error}
      result -> answer(result)
    end
  end

  defp answer({:error, reason}), do: {:error, reason}
  defp answer(_done), do: :ok
end

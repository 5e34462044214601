defmodule Linx.Netlink.Codec.SecretTest do
  use ExUnit.Case, async: true

  alias Linx.Netlink.{Codec, Message}
  alias Linx.Netlink.Codec.Secret
  alias Linx.Netlink.Rtnl.Link

  defmodule Login do
    use Linx.Netlink.Codec

    codec do
      attr 1, :name, :string
      attr 2, :password, {:binary, 4}, "password", secret: true
      attr 3, :next, {:nested, __MODULE__}
    end
  end

  defmodule Door do
    use Linx.Netlink.Codec

    codec do
      attr 1, :number, :u8
      attr 2, :logins, {:array, {:nested, Login}}
    end
  end

  @password "\xC3\xA4pw"

  test "a module that holds a secret at any depth is found, and no other" do
    assert Codec.secret?(Login)
    assert Codec.secret?(Door)
    refute Codec.secret?(nil)
    refute Codec.secret?(String)
    assert Secret.field?(Login, :password)
    refute Secret.field?(Login, :name)
    refute Secret.field?(Door, :logins)
  end

  # The peer of a veth is a link again.
  test "modules that refer to each other are looked at once" do
    assert is_boolean(Codec.secret?(Link))
  end

  test "inspect shows the payload of a message without secrets alone" do
    message = %Message{type: 18, payload: @password, codec: Door}
    assert inspect(message) =~ "payload: :redacted"
    refute inspect(message) =~ "pw"
    assert inspect(%{message | codec: nil}) =~ "pw"
    assert inspect(%{message | codec: nil}) =~ "%Linx.Netlink.Message{"
  end

  test "an error does not show a secret that does not fit" do
    for value <- [@password <> "long", :password_pw, ["pw"]] do
      error = assert_raise ArgumentError, fn -> Login.encode(%Login{password: value}) end
      assert error.message =~ "cannot encode field :password"
      refute error.message =~ "pw"
    end

    assert_raise ArgumentError, ~r/cannot encode field :name: :pw/, fn ->
      Login.encode(%Login{name: :pw})
    end
  end

  test "a row that is no secret cannot be declared as one" do
    assert_raise CompileError, ~r/expected secret: true/, fn ->
      Code.eval_quoted(
        quote do
          defmodule Linx.Netlink.Codec.SecretTest.Wrong do
            use Linx.Netlink.Codec

            codec do
              attr 1, :name, :string, secret: false
            end
          end
        end
      )
    end
  end
end

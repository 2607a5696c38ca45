using Slipway.Engine.ChatTemplates.Rendering;

namespace Slipway.Engine.ChatTemplates.Values;

/// <summary>What a call passes, already evaluated.</summary>
internal sealed record Arguments(Value[] Positional, (string Name, Value Value)[] Named)
{
    public static Arguments None { get; } = new([], []);

    public Arguments Skip(int count) => new(Positional[Math.Min(count, Positional.Length)..], Named);
}

internal abstract class CallableValue : Value
{
    public override string TypeName => "function";

    public abstract Value Invoke(RenderContext context, Arguments arguments);
}

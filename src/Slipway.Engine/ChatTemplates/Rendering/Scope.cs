using Slipway.Engine.ChatTemplates.Values;

namespace Slipway.Engine.ChatTemplates.Rendering;

/// <summary>Variables of one body. Reading looks outwards; writing stays here, so nothing leaks out of a loop.</summary>
internal sealed class Scope(Scope? outer)
{
    private Dictionary<string, Value>? _variables;

    public Value? Find(string name)
    {
        for (var scope = this; scope is not null; scope = scope.Outer)
        {
            if (scope._variables is { } variables && variables.TryGetValue(name, out var value))
            {
                return value;
            }
        }

        return null;
    }

    public void Set(string name, Value value) => (_variables ??= [])[name] = value;

    private Scope? Outer => outer;
}

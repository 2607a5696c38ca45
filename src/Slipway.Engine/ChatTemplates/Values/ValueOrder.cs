using Slipway.Engine.ChatTemplates.Rendering;

namespace Slipway.Engine.ChatTemplates.Values;

/// <summary>Python's order as a comparer for sorting.</summary>
internal sealed class ValueOrder(RenderContext context) : IComparer<Value>
{
    public int Compare(Value? x, Value? y) => Comparisons.Compare(x!, y!, context) ?? 0;
}

namespace Slipway.Engine.ChatTemplates.Values;

/// <summary>A value as templates see it, with Python's meaning of truth, length and iteration.</summary>
internal abstract class Value
{
    /// <summary>What faults call the kind of value, in Python's words.</summary>
    public abstract string TypeName { get; }

    public virtual bool IsTrue => true;

    /// <summary>Number of elements; null when the value has no length.</summary>
    public virtual int? Length => null;

    /// <summary>The elements in order; null when the value cannot be iterated.</summary>
    public virtual IEnumerable<Value>? Elements => null;

    /// <summary>The member that <c>value.name</c> reads before entries are looked at; null when there is none.</summary>
    public virtual Value? Member(string name) => null;

    public IEnumerable<Value> Iterate() =>
        Elements ?? throw new ChatTemplateException($"A value of type {TypeName} cannot be iterated.");
}

using System.Diagnostics.CodeAnalysis;

namespace Slipway.Engine.ChatTemplates.Values;

/// <summary>Equality of dictionary keys: 1, 1.0 and true are one key, as in Python.</summary>
internal sealed class KeyComparer : IEqualityComparer<Value>
{
    public static KeyComparer Instance { get; } = new();

    /// <summary>Faults unless the value can be a key: text, a number, a boolean or none.</summary>
    public static Value Check(Value key) => key is TextValue or IntegerValue or FloatValue or BooleanValue or NoneValue
        ? key
        : throw new ChatTemplateException($"A value of type {key.TypeName} cannot be a key; text, numbers, booleans and none can.");

    public bool Equals(Value? x, Value? y) => (x, y) switch
    {
        (TextValue a, TextValue b) => a.Text == b.Text,
        (NoneValue, NoneValue) => true,
        ({ } a, { } b) => Numbers.AreEqual(a, b) ?? false,
        _ => false,
    };

    public int GetHashCode([DisallowNull] Value obj) => obj switch
    {
        TextValue text => text.Text.GetHashCode(StringComparison.Ordinal),
        NoneValue => 0,
        _ => HashOf(Numbers.ToDouble(obj), obj),
    };

    // Mixed with a secret of this process: a template must not choose keys that meet in one bucket.
    private static int HashOf(double number, Value value)
    {
        var isExact = Numbers.AsInteger(value) is not { } integer || (Int128)number == integer;
        var bits = isExact ? (UInt128)BitConverter.DoubleToUInt64Bits(number == 0 ? 0 : number) : (UInt128)Numbers.AsInteger(value)!.Value;
        return HashCode.Combine((int)bits, (int)(bits >> 32), (int)(bits >> 64), (int)(bits >> 96));
    }
}

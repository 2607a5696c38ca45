namespace Slipway.Engine.Constraints.Schemas;

/// <summary>Kinds of JSON values; a number is an integer or a fraction.</summary>
[Flags]
internal enum JsonTypes
{
    None = 0,
    Null = 1,
    Boolean = 2,
    String = 4,
    Integer = 8,
    Fraction = 16,
    Array = 32,
    Object = 64,
    Number = Integer | Fraction,
    All = Null | Boolean | String | Number | Array | Object,
}

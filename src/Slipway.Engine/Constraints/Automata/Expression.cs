using System.Text;

namespace Slipway.Engine.Constraints.Automata;

/// <summary>A regular expression over bytes.</summary>
internal abstract record Expression
{
    public static Expression Empty { get; } = new Concatenation([]);

    /// <summary>Matches nothing at all.</summary>
    public static Expression Nothing { get; } = new Union([]);

    public static Expression Byte(byte low, byte high) => new Bytes(low, high);

    public static Expression Text(string text) => new Concatenation([.. Encoding.UTF8.GetBytes(text).Select(value => new Bytes(value, value))]);

    public static Expression Any(string characters) => new Union([.. characters.Select(c => Text(c.ToString()))]);

    public static Expression Then(params Expression[] parts) => new Concatenation(parts);

    public static Expression Or(params Expression[] options) => new Union(options);

    public static Expression Times(Expression item, int min, int? max) => new Repetition(item, min, max);

    public static Expression Optional(Expression item) => new Repetition(item, 0, 1);

    /// <summary>One byte of a range.</summary>
    public sealed record Bytes(byte Low, byte High) : Expression;

    public sealed record Concatenation(Expression[] Parts) : Expression;

    public sealed record Union(Expression[] Options) : Expression;

    /// <param name="Item">What is repeated.</param>
    /// <param name="Min">At least so often.</param>
    /// <param name="Max">At most so often; null for no limit.</param>
    public sealed record Repetition(Expression Item, int Min, int? Max) : Expression;

    /// <summary>One character that counts towards a length; what ends the count must be the last byte of all.</summary>
    public sealed record Character(Expression Spelling) : Expression;
}

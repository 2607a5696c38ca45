using Slipway.Engine.ChatTemplates.Values;

namespace Slipway.Engine.ChatTemplates.Syntax;

/// <param name="Line">Where it stands in the template, counted from 1.</param>
internal abstract record Expression(int Line);

internal sealed record Constant(int Line, Value Value) : Expression(Line);

internal sealed record NameRead(int Line, string Name) : Expression(Line);

internal sealed record ListLiteral(int Line, Expression[] Items, bool IsTuple) : Expression(Line);

internal sealed record DictLiteral(int Line, (Expression Key, Expression Value)[] Items) : Expression(Line);

/// <summary><c>a.b</c>: a member of the value itself first, then an entry of that name.</summary>
internal sealed record AttributeRead(int Line, Expression Target, string Name) : Expression(Line);

/// <summary><c>a[b]</c>: an entry first, then a member.</summary>
internal sealed record Subscript(int Line, Expression Target, Expression Index) : Expression(Line);

internal sealed record Slice(int Line, Expression Target, Expression? Start, Expression? Stop, Expression? Step) : Expression(Line);

internal sealed record Call(int Line, Expression Target, CallArguments Arguments) : Expression(Line);

/// <param name="Line">Where it stands.</param>
/// <param name="Target">Null at the head of a filter block, whose input is the block's text.</param>
/// <param name="Name">The filter's name.</param>
/// <param name="Arguments">What follows the input.</param>
internal sealed record FilterUse(int Line, Expression? Target, string Name, CallArguments Arguments) : Expression(Line);

internal sealed record TestUse(int Line, Expression Target, string Name, CallArguments Arguments, bool Negated) : Expression(Line);

internal sealed record Unary(int Line, UnaryOperator Operator, Expression Operand) : Expression(Line);

/// <summary>Operators of one precedence, applied from left to right; a chain is one node, so that a long one is not a deep one.</summary>
internal sealed record BinaryChain(int Line, Expression First, (BinaryOperator Operator, Expression Operand)[] Rest) : Expression(Line);

/// <summary><c>a &lt; b &lt;= c</c>: every neighbour pair must hold, each operand is evaluated once.</summary>
internal sealed record ComparisonChain(
    int Line, Expression First, (ComparisonOperator Operator, Expression Operand)[] Rest) : Expression(Line);

/// <summary><c>a and b and c</c>, or with <c>or</c>: the deciding operand itself is the value.</summary>
internal sealed record LogicalChain(int Line, bool IsAnd, Expression[] Operands) : Expression(Line);

internal sealed record Concatenation(int Line, Expression[] Operands) : Expression(Line);

internal sealed record Conditional(int Line, Expression Condition, Expression Then, Expression? Otherwise) : Expression(Line);

/// <summary>What a call passes, in order of writing; <c>*x</c> and <c>**x</c> are opened when it happens.</summary>
internal sealed record CallArguments(
    Expression[] Positional, (string Name, Expression Value)[] Named, Expression? Spread, Expression? NamedSpread)
{
    public static CallArguments None { get; } = new([], [], null, null);
}

internal enum UnaryOperator
{
    Not,
    Negate,
    Plus,
}

internal enum BinaryOperator
{
    Add,
    Subtract,
    Multiply,
    Divide,
    FloorDivide,
    Modulo,
    Power,
}

internal enum ComparisonOperator
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
}

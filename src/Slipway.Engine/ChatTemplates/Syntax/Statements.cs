namespace Slipway.Engine.ChatTemplates.Syntax;

/// <param name="Line">Where it stands in the template, counted from 1.</param>
internal abstract record Statement(int Line);

internal sealed record TextOutput(int Line, string Text) : Statement(Line);

internal sealed record ValueOutput(int Line, Expression[] Values) : Statement(Line);

/// <param name="Line">Where it stands.</param>
/// <param name="Branches">if and elif, in order.</param>
/// <param name="Otherwise">The else body; empty without one.</param>
internal sealed record IfStatement(int Line, (Expression Condition, Statement[] Body)[] Branches, Statement[] Otherwise) : Statement(Line);

internal sealed record ForStatement(
    int Line, AssignmentTarget Target, Expression Items, Expression? Filter, Statement[] Body, Statement[] Otherwise) : Statement(Line);

internal sealed record SetStatement(int Line, AssignmentTarget Target, Expression Value) : Statement(Line);

/// <summary><c>{% set x %}…{% endset %}</c>: the body's text, through the filters if there are any.</summary>
internal sealed record SetBlock(int Line, AssignmentTarget Target, Expression? Filters, Statement[] Body) : Statement(Line);

internal sealed record WithStatement(int Line, (AssignmentTarget Target, Expression Value)[] Variables, Statement[] Body) : Statement(Line);

internal sealed record MacroStatement(int Line, string Name, MacroDefinition Macro) : Statement(Line);

internal sealed record CallBlock(int Line, Call Call, MacroDefinition Caller) : Statement(Line);

internal sealed record FilterBlock(int Line, Expression Filters, Statement[] Body) : Statement(Line);

/// <summary>A body with variables of its own: <c>block</c>, and the <c>generation</c> mark of training templates.</summary>
internal sealed record ScopeStatement(int Line, Statement[] Body) : Statement(Line);

internal sealed record LoopJump(int Line, bool IsBreak) : Statement(Line);

/// <param name="Name">What faults call it.</param>
/// <param name="Parameters">In order; a default is evaluated when a call leaves its argument out.</param>
/// <param name="Body">What a call renders.</param>
/// <param name="UsesVarargs">The body reads <c>varargs</c>, so more positional arguments than parameters are welcome.</param>
/// <param name="UsesKwargs">The body reads <c>kwargs</c>: the same for unknown names.</param>
/// <param name="UsesCaller">The body reads <c>caller</c>, so the macro may be used in a call block.</param>
internal sealed record MacroDefinition(
    string Name, (string Name, Expression? Default)[] Parameters, Statement[] Body, bool UsesVarargs, bool UsesKwargs, bool UsesCaller);

internal abstract record AssignmentTarget;

internal sealed record NameTarget(string Name) : AssignmentTarget;

internal sealed record TupleTarget(AssignmentTarget[] Targets) : AssignmentTarget;

/// <summary><c>ns.x</c>, the one way to change something outside a loop.</summary>
internal sealed record NamespaceTarget(string Name, string Attribute) : AssignmentTarget;

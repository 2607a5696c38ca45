using System.Collections;
using Slipway.Engine.ChatTemplates.Rendering;
using Slipway.Engine.ChatTemplates.Values;

namespace Slipway.Engine.ChatTemplates.Builtins;

/// <summary>Filters, tests, functions or methods by name.</summary>
/// <param name="kind">What faults call an entry: "filter", "test".</param>
internal sealed class BuiltinTable(string kind) : IEnumerable<string>
{
    private readonly Dictionary<string, Builtin> _entries = [];

    /// <param name="names">One name, or several with blanks between.</param>
    /// <param name="parameters">
    /// Names with blanks between; <c>?</c> at the end marks one that may be left out, <c>*</c> alone takes any further arguments.
    /// </param>
    /// <param name="body">What it does.</param>
    public void Add(string names, string parameters, Func<Invocation, Value> body)
    {
        foreach (var name in names.Split(' '))
        {
            _entries.Add(name, new Builtin($"{kind} '{name}'", parameters.Split(' ', StringSplitOptions.RemoveEmptyEntries), body));
        }
    }

    public bool Contains(string name) => _entries.ContainsKey(name);

    public Value Apply(RenderContext context, string name, Value subject, Arguments arguments) =>
        _entries.TryGetValue(name, out var entry)
            ? entry.Invoke(context, subject, arguments)
            : throw new ChatTemplateException($"There is no {kind} '{name}'.");

    /// <summary>The entry as a value of its own that remembers its subject; null when there is none of the name.</summary>
    public Value? Bind(string name, Value subject) => _entries.TryGetValue(name, out var entry) ? new BoundBuiltin(entry, subject) : null;

    public IEnumerator<string> GetEnumerator() => _entries.Keys.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private sealed class BoundBuiltin(Builtin builtin, Value subject) : CallableValue
    {
        public override Value Invoke(RenderContext context, Arguments arguments) => builtin.Invoke(context, subject, arguments);
    }
}

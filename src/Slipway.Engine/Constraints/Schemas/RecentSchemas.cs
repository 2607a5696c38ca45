namespace Slipway.Engine.Constraints.Schemas;

/// <summary>The grammars of the schemas asked for last: programs send the same few again and again.</summary>
internal sealed class RecentSchemas
{
    private const int MaxSchemas = 64;

    /// <summary>States of all automata together, which is what takes memory: 256 to 1,024 bytes each.</summary>
    private const int MaxStates = 100_000;

    private readonly LinkedList<OutputGrammar> _recent = new();
    private readonly Lock _gate = new();

    /// <summary>The grammar of this key; made, if it is not among the last.</summary>
    public OutputGrammar GetOrAdd(string key, Func<OutputGrammar> make) => Find(key) ?? Add(make());

    private OutputGrammar? Find(string key)
    {
        lock (_gate)
        {
            for (var node = _recent.First; node is not null; node = node.Next)
            {
                if (node.Value.Key == key)
                {
                    _recent.Remove(node);
                    _recent.AddFirst(node);
                    return node.Value;
                }
            }
            return null;
        }
    }

    private OutputGrammar Add(OutputGrammar grammar)
    {
        lock (_gate)
        {
            _recent.AddFirst(grammar);
            while (_recent.Count > MaxSchemas || (_recent.Count > 1 && _recent.Sum(one => one.Grammar.States) > MaxStates))
            {
                _recent.RemoveLast();
            }
            return grammar;
        }
    }
}

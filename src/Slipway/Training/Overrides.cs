using Slipway.Commands;

namespace Slipway.Training;

/// <summary><c>KEY=VALUE</c> arguments over the settings of a file; <c>KEY=null</c> takes a key out of it.</summary>
internal static class Overrides
{
    private const int DeepestKey = 4;

    /// <exception cref="CommandException">An argument is not of that form.</exception>
    public static MapSetting Apply(MapSetting settings, IReadOnlyList<string> overrides)
    {
        foreach (var argument in overrides)
        {
            var equals = argument.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1)
            {
                throw new CommandException($"'{argument}' is not of the form KEY=VALUE, such as learning_rate=1e-4.");
            }
            var where = $"argument {argument[..equals]}";
            var keys = argument[..equals].TrimStart('-').Split('.', DeepestKey);
            settings = Set(settings, keys, SettingParser.ReadValue(argument[(equals + 1)..], where), where);
        }
        return settings;
    }

    private static MapSetting Set(MapSetting map, ReadOnlySpan<string> keys, Setting value, string where)
    {
        var entries = new Dictionary<string, Setting>(map.Entries, StringComparer.Ordinal);
        if (keys.Length == 1 && value is ScalarSetting { IsNothing: true })
        {
            entries.Remove(keys[0]);
            return map with { Entries = entries };
        }
        entries[keys[0]] = keys.Length == 1
            ? value
            : Set(entries.GetValueOrDefault(keys[0]) as MapSetting ?? new MapSetting(where, new Dictionary<string, Setting>()), keys[1..], value, where);
        return map with { Entries = entries };
    }
}

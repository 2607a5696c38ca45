using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Slipway.Server.Tests.Aws.StandIn;

/// <summary>The form of a CloudFormation call. What is not asked for was not to be sent.</summary>
internal sealed class StandInForm
{
    private readonly Dictionary<string, string> _fields = [];

    /// <exception cref="StandInFault">It is none.</exception>
    public StandInForm(byte[] body)
    {
        foreach (var pair in Encoding.ASCII.GetString(body).Split('&'))
        {
            var cut = pair.IndexOf('=', StringComparison.Ordinal);
            if (cut <= 0 || !_fields.TryAdd(Decode(pair[..cut]), Decode(pair[(cut + 1)..])))
            {
                throw new StandInFault("MalformedInput", $"'{pair[..Math.Min(pair.Length, 60)]}' is no field, or stands twice.");
            }
        }
    }

    public string Needed(string name) => Optional(name) ?? throw StandInFault.Constraint(Camel(name), "null", "Member must not be null");

    public string? Optional(string name, string pattern = @"[\s\S]*", int longest = int.MaxValue)
    {
        if (!_fields.Remove(name, out var value))
        {
            return null;
        }
        if (value.Length == 0 || value.Length > longest)
        {
            throw StandInFault.Constraint(Camel(name), value, $"Member must have length between 1 and {longest}, inclusive");
        }
        return Regex.IsMatch(value, $@"\A(?:{pattern})\z")
            ? value
            : throw StandInFault.Constraint(Camel(name), value, $"Member must satisfy regular expression pattern: {pattern}");
    }

    public bool Flag(string name) => Optional(name, "true|false") == "true";

    public int? Number(string name, int least, int most) => Optional(name, "[0-9]{1,9}") is not { } text ? null
        : int.Parse(text, CultureInfo.InvariantCulture) is var number && number >= least && number <= most ? number
        : throw StandInFault.Constraint(Camel(name), text, $"Member must have value between {least} and {most}, inclusive");

    public List<string> List(string name)
    {
        List<string> values = [];
        while (_fields.Remove($"{name}.member.{values.Count + 1}", out var value))
        {
            values.Add(value);
        }
        return values;
    }

    /// <summary>A list of pairs. <paramref name="other"/> is what a member may have in place of its value.</summary>
    public List<(string Key, string? Value, bool IsOther)> Pairs(string name, string key, string value, string other = "")
    {
        List<(string, string?, bool)> pairs = [];
        while (_fields.Remove($"{name}.member.{pairs.Count + 1}.{key}", out var left))
        {
            var at = $"{name}.member.{pairs.Count + 1}";
            _fields.Remove($"{at}.{value}", out var right);
            pairs.Add((left, right, _fields.Remove($"{at}.{other}", out var instead) && instead == "true"));
        }
        return pairs;
    }

    /// <exception cref="StandInFault">Something was sent that the action does not know.</exception>
    public void End()
    {
        if (_fields.Count > 0)
        {
            throw StandInFault.Validation($"Unexpected parameters: {string.Join(", ", _fields.Keys)}");
        }
    }

    private static string Camel(string name) => char.ToLowerInvariant(name[0]) + name[1..];

    private static string Decode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
}

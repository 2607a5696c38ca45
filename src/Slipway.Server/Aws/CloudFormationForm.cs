using System.Globalization;
using System.Text;

namespace Slipway.Server.Aws;

/// <summary>A call of CloudFormation: a form, with lists spelled out member by member.</summary>
internal sealed class CloudFormationForm
{
    private readonly StringBuilder _text;

    public CloudFormationForm(string action) => _text = new StringBuilder($"Action={action}&Version=2010-05-15");

    /// <summary>Adds nothing for null.</summary>
    public CloudFormationForm With(string name, string? value)
    {
        if (value is not null)
        {
            _text.Append('&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
        }
        return this;
    }

    public CloudFormationForm WithList(string name, IReadOnlyList<string> values)
    {
        for (var i = 0; i < values.Count; i++)
        {
            With(Member(name, i), values[i]);
        }
        return this;
    }

    /// <param name="name">The list's.</param>
    /// <param name="key">What a member calls its key.</param>
    /// <param name="value">What it calls its value.</param>
    /// <param name="pairs">The members.</param>
    public CloudFormationForm WithPairs(string name, string key, string value, IReadOnlyDictionary<string, string> pairs)
    {
        var i = 0;
        foreach (var (left, right) in pairs)
        {
            With($"{Member(name, i)}.{key}", left).With($"{Member(name, i)}.{value}", right);
            i++;
        }
        return this;
    }

    public AwsRequest Request(string? region) => new()
    {
        Service = AwsService.CloudFormation,
        Region = region,
        ContentType = "application/x-www-form-urlencoded; charset=utf-8",
        Body = Encoding.UTF8.GetBytes(_text.ToString()),
    };

    private static string Member(string list, int index) =>
        string.Create(CultureInfo.InvariantCulture, $"{list}.member.{index + 1}");
}
